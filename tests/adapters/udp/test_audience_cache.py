"""The audiences that stay prepared."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from udpchat.adapters.udp.address import UdpAddress, address_of
from udpchat.adapters.udp.audience_cache import MAX_AUDIENCES, AudienceCache
from udpchat.adapters.udp.return_paths import ReturnPaths

PEERS = tuple(address_of((f"192.0.2.{number}", 9), number % 2) for number in range(MAX_AUDIENCES + 2))


def prepared(cache: AudienceCache, *audiences: tuple[UdpAddress, ...]) -> list[bool]:
    """Return for each audience whether its routes were kept, since they are the same objects in two calls."""
    before = [cache.routes(audience) for audience in audiences]
    return [cache.routes(audience) is routes for audience, routes in zip(audiences, before, strict=True)]


@given(st.lists(st.sampled_from(PEERS)), st.dictionaries(st.sampled_from(PEERS), st.binary(min_size=1, max_size=1)))
def test_routes_are_the_audience(audience: list[UdpAddress], known: dict[UdpAddress, bytes]) -> None:
    """Each address is in the one route of its socket and its path, and a route keeps the order of the audience."""
    paths = ReturnPaths()
    for address, path in known.items():
        paths.learn(address, path)
    routes = AudienceCache(paths).routes(tuple(audience))
    assert len({(route.listener, route.path) for route in routes}) == len(routes)
    for route in routes:
        theirs = [each for each in audience if (each.listener, paths.of(each)) == (route.listener, route.path)]
        assert list(route.addresses) == theirs
    assert sum(len(route.addresses) for route in routes) == len(audience)


def test_audiences_that_alternate_stay_prepared() -> None:
    """As many as the cache holds are prepared once; an equal audience that is another object is prepared by itself."""
    cache = AudienceCache(ReturnPaths())
    rooms = [PEERS[number : number + 2] for number in range(MAX_AUDIENCES)]
    assert prepared(cache, *rooms) == [True] * MAX_AUDIENCES
    equal = (*rooms[0],)
    assert cache.routes(equal) is not cache.routes(rooms[0])


def test_the_audience_that_was_not_used_longest_is_dropped() -> None:
    """A room that is in use stays prepared while other audiences come and go."""
    cache = AudienceCache(ReturnPaths())
    room, *others = (PEERS[number : number + 2] for number in range(MAX_AUDIENCES + 1))
    routes = cache.routes(room)
    for other in others * 2:
        cache.routes(other)
        assert cache.routes(room) is routes
    kept = cache.routes(others[-1])
    assert cache.routes(others[-1]) is kept
    assert len(cache._audiences) == MAX_AUDIENCES  # noqa: SLF001 - the table itself


def test_single_addresses_displace_nothing() -> None:
    """However many single addresses are sent to, a room stays prepared."""
    cache, room = AudienceCache(ReturnPaths()), PEERS[:2]
    routes = cache.routes(room)
    for address in PEERS * 2:
        (route,) = cache.routes((address,))
        assert (route.listener, list(route.addresses)) == (address.listener, [address])
    assert cache.routes(room) is routes


def test_a_changed_path_counts_at_once() -> None:
    """When a known peer comes by another path, every audience gets new routes."""
    paths = ReturnPaths()
    cache, room = AudienceCache(paths), PEERS[:2]
    paths.learn(PEERS[0], b"a")
    assert [route.path for route in cache.routes(room)] == [b"a", b""]
    paths.learn(PEERS[0], b"b")
    assert [route.path for route in cache.routes(room)] == [b"b", b""]
    assert cache.routes(()) == []
