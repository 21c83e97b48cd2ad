"""A keyed hash in characters that a reader does not confuse."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from udpchat.domain.keyed_hash import KEY_BYTES, keyed_hash

KEY, OTHER_KEY = b"k" * KEY_BYTES, b"j" * KEY_BYTES


@given(st.binary(max_size=100), st.integers(1, 64))
def test_the_characters_are_not_confused(data: bytes, characters: int) -> None:
    """A hash has the given number of lower case letters and digits, without l, o, 0 and 1."""
    assert re.fullmatch(rf"[a-km-np-z2-9]{{{characters}}}", keyed_hash(KEY, b"test", data, characters))


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_key_purpose_and_data_count(one: bytes, other: bytes) -> None:
    """The hash is the same for the same data, and differs for other data, another key or another purpose."""
    hashed = keyed_hash(KEY, b"test", one, 32)
    assert (keyed_hash(KEY, b"test", other, 32) == hashed) == (one == other)
    assert keyed_hash(OTHER_KEY, b"test", one, 32) != hashed
    assert keyed_hash(KEY, b"toast", one, 32) != hashed
