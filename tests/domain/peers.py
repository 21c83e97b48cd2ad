"""Addresses for tests of the domain alone, of any scope."""

from __future__ import annotations

import attrs

from udpchat.domain.address import Address, Network, Scope
from udpchat.domain.rooms.members.member import Member, Place
from udpchat.domain.rooms.room import Room
from udpchat.domain.text.nickname import Nickname


@attrs.frozen
class Peer:
    """A port in a network."""

    network: Network
    port: int
    proven: bool = False

    carrier = "test"

    def __str__(self) -> str:
        return f"{self.network.scope.value}-{self.network.prefix.hex()}:{self.port}"


def peer(scope: Scope = Scope.PRIVATE, network: int = 1, port: int = 1, *, proven: bool = False) -> Peer:
    """Return an address; those with the same network number share a network."""
    return Peer(Network(network.to_bytes(4), scope), port, proven)


def nowhere() -> Place:
    """Return the place of a member that is in no room of any chat."""
    room = Room("lobby")
    return Place(room, (room,))


def member(address: Address, nickname: Nickname) -> Member:
    """Return a member for events."""
    return Member(address, nickname, (), nowhere())
