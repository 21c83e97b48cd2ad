"""Sentences become datagrams of whole lines."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from udpchat.domain.packing import pack

LIMIT = 20

sentences = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True).map(tuple),
        st.text("xyz", max_size=LIMIT - 1).map(lambda said: said.encode() + b"\n"),
    )
)


@given(sentences)
def test_datagrams_fit_and_are_never_empty(said: list[tuple[tuple[str, ...], bytes]]) -> None:
    """No datagram is empty, over the limit, or has a part of a line."""
    for _, payload in pack(said, LIMIT):
        assert 0 < len(payload) <= LIMIT
        assert payload.endswith(b"\n")


@given(sentences)
def test_every_hearer_gets_the_same_bytes_in_order(said: list[tuple[tuple[str, ...], bytes]]) -> None:
    """What each hearer gets, datagrams joined, is what was said to them, in order."""
    packed = list(pack(said, LIMIT))
    for hearer in "abc":
        sent = b"".join(payload for hearers, payload in packed if hearer in hearers)
        assert sent == b"".join(sentence for hearers, sentence in said if hearer in hearers)


@given(st.lists(st.integers(1, LIMIT), min_size=1))
def test_no_more_datagrams_than_needed(sizes: list[int]) -> None:
    """For one audience, two datagrams in a row never fit into one."""
    said = [(("a",), b"x" * (size - 1) + b"\n") for size in sizes]
    packed = [payload for _, payload in pack(said, LIMIT)]
    assert all(len(one) + len(two.split(b"\n")[0]) + 1 > LIMIT for one, two in pairwise(packed))


def test_nothing_said_nothing_sent() -> None:
    """No sentences make no datagram."""
    assert list(pack([], LIMIT)) == []
