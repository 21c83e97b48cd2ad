"""Rooms with an operator in them."""

from __future__ import annotations

from tests.room import Client, Room, drawing
from tests.wire.kitchen import in_kitchen
from udpchat.domain.rooms.rights import operators_of


class Codes:
    """`OneTimeCodes` of alice, or another, whose code is 755224 in step 7 and 287082 in the next one."""

    def __init__(self, name: str = "alice") -> None:
        self.asked = 0
        self.name = name

    def steps_of(self, name: str, code: str, _: float) -> int | None:
        """Return the step of a code."""
        self.asked += 1
        return {"755224": 7, "287082": 8}.get(code) if name.lower() == self.name else None

    def consecutive(self, name: str, code: str, code2: str, now: float) -> int | None:
        """Return the step of the second code if it follows the first one."""
        first, second = self.steps_of(name, code, now), self.steps_of(name, code2, now)
        return second if first is not None and second == first + 1 else None


def make_operator(client: Client, name: str = "alice", step: int = 1) -> None:
    """Make a client an operator, as an accepted code does."""
    room = client.room
    assert operators_of(room.chat.state).begin(client.end.address, name, step, room.clock())


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
