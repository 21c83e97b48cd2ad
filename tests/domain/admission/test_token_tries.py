"""How often tokens are tried."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import peer
from udpchat.domain.admission.token_tries import (
    ALL_TOKEN_SECONDS,
    ALL_TOKENS_AT_ONCE,
    TOKEN_SECONDS,
    TOKENS_AT_ONCE,
    NetworkTries,
)


def network(number: int) -> object:
    """Return a network."""
    return peer(network=number).network


def test_one_network() -> None:
    """It tries some at once, then one in so many seconds, whatever the clock says first."""
    tries, one = NetworkTries(), peer().network
    assert [tries.take(one, 100.0) for _ in range(TOKENS_AT_ONCE + 1)] == [True] * TOKENS_AT_ONCE + [False]
    assert not tries.take(one, 100.0 + TOKEN_SECONDS - 0.1)
    assert tries.take(one, 100.0 + TOKEN_SECONDS)
    assert not tries.take(one, 100.0 + TOKEN_SECONDS)


def test_all_networks_together() -> None:
    """They share one rate, and a refused try costs a network nothing."""
    tries = NetworkTries()
    allowed = [tries.take(peer(network=number).network, 0.0) for number in range(ALL_TOKENS_AT_ONCE + 5)]
    assert sum(allowed) == ALL_TOKENS_AT_ONCE
    late = peer(network=ALL_TOKENS_AT_ONCE).network
    assert not tries.take(late, ALL_TOKEN_SECONDS / 2)
    assert tries.take(late, ALL_TOKEN_SECONDS)


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(0, 9)), max_size=60))
def test_it_forgets_networks(drawn: list[tuple[int, float]]) -> None:
    """A flood leaves nothing behind, once some more were tried."""
    tries, now = NetworkTries(), 0.0
    for number, passed in drawn:
        now += passed
        tries.take(peer(network=number).network, now)
    assert len(tries) <= len({number for number, _ in drawn})
    now += TOKENS_AT_ONCE * TOKEN_SECONDS
    for _ in range(10):
        now += TOKENS_AT_ONCE * TOKEN_SECONDS
        tries.take(peer(network=99).network, now)
    assert len(tries) <= 1
