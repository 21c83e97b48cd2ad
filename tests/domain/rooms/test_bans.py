"""Who is kept out, by properties, and what it costs to find out."""

from __future__ import annotations

from unittest import mock

import attrs
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import peer
from udpchat.domain.address import Network, Scope
from udpchat.domain.rooms.sanctions import MAX_BANS, Ban, Sanctions

PEERS = [
    attrs.evolve(peer(port=port), network=Network(prefix, Scope.GLOBAL))
    for port, prefix in enumerate(
        [b"\x0a\0\0\1", b"\x0a\0\0\2", b"\x0b\0\0\1", b"\x0a\0\0\1\0\0\0\0", b"\x0a\0\0\1\0\0\1\0"], 1
    )
]


@st.composite
def bans(draw: st.DrawFn) -> Ban:
    """Return a ban of an address, or of a network as `/ban` makes it."""
    until, one = float(draw(st.integers(0, 5))), draw(st.sampled_from(PEERS))
    if draw(st.booleans()):
        return Ban("one", until, "op", address=one)
    size = 8 * len(one.network.prefix)
    bits = draw(st.integers(0, size))
    rest = size - bits
    prefix = (int.from_bytes(one.network.prefix) >> rest << rest).to_bytes(size // 8)
    return Ban("some", until, "op", prefix=prefix.hex(), bits=bits)


@given(st.lists(bans(), max_size=12), st.integers(0, 5))
def test_the_ban_that_is_found_is_one_of_those_that_cover(made: list[Ban], at: int) -> None:
    """It is in force and ends last, and there is one if any ban in force covers the address."""
    sanctions = Sanctions()
    for each in made:
        sanctions.ban(each, 0.0)
        for one in PEERS:
            covering = [ban.until for ban in sanctions.in_force(at) if ban.covers(one)]
            found = sanctions.ban_on(one, at)
            assert (found and found.until) == max(covering, default=None)
            assert found is None or found.covers(one)


@given(st.lists(bans(), max_size=12))
def test_there_is_one_ban_of_the_same_clients(made: list[Ban]) -> None:
    """A new one replaces the one before, whether it is longer or shorter."""
    sanctions = Sanctions()
    for each in made:
        sanctions.ban(each, -1.0)
    last = {(each.address, each.prefix, each.bits): each for each in made}
    assert {(each.address, each.prefix, each.bits): each for each in sanctions.bans} == last
    assert len(sanctions.bans) == len(last)


def test_a_stranger_is_not_compared_with_each_ban() -> None:
    """A flood of strangers costs little while there are many bans."""
    networks = [Ban(str(number), 9.0, "op", prefix=f"{number:08x}", bits=32) for number in range(MAX_BANS)]
    sanctions = Sanctions(bans=networks)
    with mock.patch.object(Ban, "key", new_callable=mock.PropertyMock, wraps=lambda: 1) as looks:
        for _ in range(10):
            sanctions.ban_on(PEERS[0], 0.0)
    assert looks.call_count == MAX_BANS
