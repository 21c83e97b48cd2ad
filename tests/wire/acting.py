"""Rooms with an operator in them."""

from __future__ import annotations

from tests.room import Client, Room, drawing
from tests.wire.kitchen import in_kitchen
from udpchat.domain.rooms.rights import operators_of


def make_operator(client: Client, name: str = "alice", step: int = 1) -> None:
    """Make a client an operator, as an accepted code does."""
    room = client.room
    assert operators_of(room.chat.state).begin(client.end.address, name, step, room.now)


def both_in_kitchen() -> tuple[Room, Client, Client]:
    """Return a room with TEDDC, who holds the kitchen, and Tyvem, both in it."""
    room, one, two = in_kitchen()
    two.say("/join kitchen")
    one.hears(), two.hears()
    return room, one, two


def with_operator() -> tuple[Room, Client, Client, Client]:
    """Return a room with TEDDC, who is an operator, Tyvem and other in it."""
    room = Room(drawing("TEDDC", "Tyvem", "other"))
    one, two, three = room.member(), room.member(), room.member()
    make_operator(one)
    return room, one, two, three
