"""How many connections there may be."""

from __future__ import annotations

from udpchat.adapters.networks import network_of_host
from udpchat.adapters.tcp.census import MAX_UNIDENTIFIED, MAX_UNIDENTIFIED_OF_NETWORK, Census

HERE, ONE, OTHER = map(network_of_host, ("127.0.0.1", "192.0.2.1", "192.0.2.2"))


def test_a_flood_from_one_network() -> None:
    """One network has only so many connections that have not said what they speak, and others still come in."""
    census = Census(10_000, 256)
    for _ in range(MAX_UNIDENTIFIED_OF_NETWORK):
        assert census.admits(ONE)
        census.come(ONE)
    assert not census.admits(ONE)
    assert census.admits(OTHER)
    census.identify(ONE)
    assert census.admits(ONE)


def test_one_network_has_so_many() -> None:
    """One network has only so many connections, and this machine as many as there may be in all."""
    census = Census(1000, 10)
    for network in (ONE, HERE):
        for _ in range(10):
            assert census.admits(network)
            census.come(network)
            census.identify(network)
    assert not census.admits(ONE)
    assert census.admits(HERE)
    census.leave(ONE)
    assert census.admits(ONE)


def test_a_proxy() -> None:
    """All that come by a proxy have its network, so it is not bounded; all together are."""
    census = Census(100, 10, frozenset({ONE}))
    for _ in range(100):
        assert census.admits(ONE)
        census.come(ONE)
    assert not census.admits(ONE)


def test_all() -> None:
    """All together have only so many, and while too many have not said what they speak, others wait."""
    census = Census(MAX_UNIDENTIFIED + 1, 10)
    for _ in range(MAX_UNIDENTIFIED):
        assert not census.is_busy
        census.come(HERE)
    assert census.is_busy
    assert census.admits(OTHER)
    census.come(OTHER)
    assert not census.admits(HERE)
    census.identify(HERE)
    census.identify(HERE)
    census.leave(HERE)
    assert not census.is_busy
    assert census.all == MAX_UNIDENTIFIED
