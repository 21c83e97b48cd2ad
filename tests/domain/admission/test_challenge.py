"""The codes that strangers must send."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import Peer, peer
from udpchat.domain.address import Scope
from udpchat.domain.admission.challenge import Challenge

CHALLENGE = Challenge(b"k" * 32)
times = st.floats(0, 2e9)
peers = st.builds(peer, st.sampled_from(Scope), st.integers(1, 3), st.integers(1, 3))


@given(peers, times, st.floats(0, 60))
def test_a_code_is_valid_for_60_seconds(address: Peer, now: float, later: float) -> None:
    """A code is six letters or digits that are not confused, and is accepted from its address for 60 s."""
    code = CHALLENGE.code(address, now)
    assert re.fullmatch(r"[a-km-np-z2-9]{6}", code)
    assert CHALLENGE.accepts(code.encode(), address, now + later)


@given(peers, peers, times)
def test_a_code_is_valid_for_one_address_and_time(one: Peer, two: Peer, now: float) -> None:
    """A code is not accepted from another address, with another key, before its time, or after 75 s."""
    code = CHALLENGE.code(one, now).encode()
    assert CHALLENGE.accepts(code, two, now) == (one == two)
    assert not CHALLENGE.accepts(code, one, now + 75.1)
    assert not CHALLENGE.accepts(code, one, now - 15.1)
    assert not Challenge(b"j" * 32).accepts(code, one, now)


@given(st.binary(max_size=20), peers, times)
def test_any_bytes_may_be_tried(code: bytes, address: Peer, now: float) -> None:
    """Bytes that are no code are not accepted, and cause no error."""
    assert not CHALLENGE.accepts(code, address, now)


@pytest.mark.parametrize(
    ("key", "scope", "now", "code"),
    [
        (b"k" * 32, Scope.GLOBAL, 0.0, "u8squm"),
        (b"k" * 32, Scope.GLOBAL, 14.9, "u8squm"),
        (b"k" * 32, Scope.GLOBAL, 1.7e9, "38xkn3"),
        (b"k" * 32, Scope.LOOPBACK, 0.0, "bfwpjg"),
        (bytes(range(32)), Scope.GLOBAL, 0.0, "6repg6"),
        (bytes(range(32)), Scope.PRIVATE, 1.7e9, "bkd3sn"),
    ],
)
def test_a_key_makes_the_same_codes_in_every_version(key: bytes, scope: Scope, now: float, code: str) -> None:
    """A stranger that got a code from one version of the server can send it to the next one."""
    assert Challenge(key).code(peer(scope), now) == code


def test_the_key_is_not_shown() -> None:
    """The key cannot get into a log by mistake."""
    assert "kkk" not in repr(CHALLENGE)
