"""Sentences become datagrams of whole lines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from udpchat.domain.dialects.packing import MAX_RUN, pack

LIMIT = 20

Said = list[tuple[tuple[str, ...], bytes]]
sentences = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True).map(tuple),
        st.text("xyz", max_size=LIMIT - 1).map(lambda said: said.encode() + b"\n"),
    )
)


@given(sentences)
def test_datagrams_fit_and_are_never_empty(said: Said) -> None:
    """No datagram is empty, over the limit, or has a part of a line."""
    for _, datagrams in pack(said, LIMIT):
        assert 1 <= len(datagrams) <= MAX_RUN
        for payload in datagrams:
            assert 0 < len(payload) <= LIMIT
            assert payload.endswith(b"\n")


@given(sentences)
def test_every_hearer_gets_the_same_bytes_in_order(said: Said) -> None:
    """What each hearer gets, datagrams joined, is what was said to them, in order."""
    packed = list(pack(said, LIMIT))
    for hearer in "abc":
        sent = b"".join(b"".join(datagrams) for recipients, datagrams in packed if hearer in recipients)
        assert sent == b"".join(sentence for recipients, sentence in said if hearer in recipients)


@given(st.lists(st.integers(1, LIMIT), min_size=1, max_size=100))
def test_no_more_datagrams_than_needed(sizes: list[int]) -> None:
    """For one audience, two datagrams in a row never fit into one, and runs are as long as they may be."""
    said = [(("a",), b"x" * (size - 1) + b"\n") for size in sizes]
    runs = [datagrams for _, datagrams in pack(said, LIMIT)]
    packed = [payload for datagrams in runs for payload in datagrams]
    assert all(len(one) + two.index(b"\n") + 1 > LIMIT for one, two in pairwise(packed))
    assert all(len(datagrams) == MAX_RUN for datagrams in runs[:-1])


def test_what_is_full_does_not_wait_for_all_to_be_said() -> None:
    """A run is handed over when it is full: a long batch is not kept from its hearers."""
    asked = []

    def said() -> Iterator[tuple[tuple[str, ...], bytes]]:
        for number in range(1000):
            asked.append(number)
            yield ("a",), b"x" * (LIMIT - 1) + b"\n"

    next(pack(said(), LIMIT))
    assert len(asked) == MAX_RUN + 1


def test_nothing_said_nothing_sent() -> None:
    """No sentences make no datagram."""
    assert list(pack([], LIMIT)) == []
