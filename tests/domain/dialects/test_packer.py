"""Lines become datagrams of whole lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import Peer, peer
from udpchat.domain.address import Address
from udpchat.domain.dialects.packer import MAX_RUN, Packer

LIMIT = 20
PEERS = [peer(port=port) for port in (1, 2, 3)]

Lines = list[tuple[tuple[Peer, ...], bytes]]
lines = st.lists(
    st.tuples(
        st.lists(st.sampled_from(PEERS), min_size=1, max_size=3, unique=True).map(tuple),
        st.text("xyz", max_size=LIMIT - 1).map(lambda said: said.encode() + b"\n"),
    )
)


def packed(given: Lines) -> list[tuple[Sequence[bytes], Sequence[Address]]]:
    """Return the runs of datagrams in which lines are sent."""
    runs: list[tuple[Sequence[bytes], Sequence[Address]]] = []
    packer = Packer(LIMIT, lambda datagrams, to: runs.append((datagrams, to)))
    for to, line in given:
        packer.add(to, line)
    packer.flush()
    assert packer.sends == sum(len(datagrams) * len(to) for datagrams, to in runs)
    return runs


@given(lines)
def test_datagrams_fit_and_are_never_empty(given: Lines) -> None:
    """No datagram is empty, over the limit, or has a part of a line."""
    for datagrams, _ in packed(given):
        assert 1 <= len(datagrams) <= MAX_RUN
        for payload in datagrams:
            assert 0 < len(payload) <= LIMIT
            assert payload.endswith(b"\n")


@given(lines)
def test_every_recipient_gets_the_same_bytes_in_order(given: Lines) -> None:
    """What each gets, datagrams joined, is what was said to it, in order."""
    runs = packed(given)
    for each in PEERS:
        sent = b"".join(b"".join(datagrams) for datagrams, to in runs if each in to)
        assert sent == b"".join(line for to, line in given if each in to)


@given(st.lists(st.integers(1, LIMIT), min_size=1, max_size=100))
def test_no_more_datagrams_than_needed(sizes: list[int]) -> None:
    """For one audience, two datagrams in a row never fit into one, and runs are as long as they may be."""
    runs = [datagrams for datagrams, _ in packed([((PEERS[0],), b"x" * (size - 1) + b"\n") for size in sizes])]
    payloads = [payload for datagrams in runs for payload in datagrams]
    assert all(len(one) + two.index(b"\n") + 1 > LIMIT for one, two in pairwise(payloads))
    assert all(len(datagrams) == MAX_RUN for datagrams in runs[:-1])


def test_nothing_said_nothing_sent() -> None:
    """No lines make no datagram."""
    assert packed([]) == []
