"""What a program may have of what it lost: of each room since it came in, and of what concerned it alone.

One that is in ten rooms may ask for ten thousand events at once, and most of them wait to be sent. So an answer has the
events as they are kept, and what is sent of each is made when it is its turn.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.programs.answers import CaughtUp, Gap, Hidden, Resent
from udpchat.domain.rooms.programs.session import Noted, Session
from udpchat.domain.rooms.programs.told import Heard, Told
from udpchat.domain.rooms.requests import Places
from udpchat.domain.rooms.room import Room

Items = Iterator[Resent | Gap | Hidden]


@attrs.frozen
class Part:
    """The events of a room from number `first` on, for one reader, to which some numbers are `hidden`."""

    room: str
    gap: tuple[int, int] | None
    first: int
    events: tuple[Message | Heard, ...]
    hidden: frozenset[int]

    def items(self) -> Items:
        """Yield what is sent."""
        if self.gap is not None:
            yield Gap(self.room, *self.gap)
        for seq, each in enumerate(self.events, self.first):
            event = each.event if isinstance(each, Heard) else each
            if event is None or seq in self.hidden:
                yield Hidden(self.room, seq)
            else:
                yield Resent(event, self.room, seq, at=each.at)


@attrs.frozen
class OwnPart:
    """What concerned a program alone, from number `first` on."""

    gap: tuple[int, int] | None
    first: int
    events: tuple[Noted, ...]

    def items(self) -> Items:
        """Yield what is sent."""
        if self.gap is not None:
            yield Gap(None, *self.gap)
        for own, noted in enumerate(self.events, self.first):
            yield Gap(None, own, own) if noted.event is None else Resent(noted.event, own=own, at=noted.at)


@attrs.frozen
class Parts:
    """All parts of an answer. Those of two programs that may have the same are equal, so their bytes are made once."""

    parts: tuple[Part | OwnPart, ...]

    def __iter__(self) -> Items:
        for part in self.parts:
            yield from part.items()


def catch_up(member: Member, session: Session, places: Places, numbering: str) -> CaughtUp | None:
    """Return what came after these places, or None if that is nothing. `numbering` is the name of the numbers here.

    Rooms that the member is not in are left out.
    """
    is_ours = places.log in {"", numbering}
    rooms = {room.name: room for room in member.place.rooms}
    parts: list[Part | OwnPart] = []
    for name, number in dict(places.rooms).items():
        if (room := rooms.get(name)) is not None and room.told is not None:
            parts.append(_of_room(room, room.told, member, number if is_ours else None))
    if places.own is not None:
        parts.append(_own(session, places.own if is_ours else None))
    filled = tuple(part for part in parts if part.events or part.gap is not None)
    return CaughtUp(Parts(filled)) if filled else None


def _of_room(room: Room, told: Told, member: Member, number: int | None) -> Part:
    """Return what a room was told after a number; None is for one of another numbering."""
    entered, reader = room.programs[member.address], member.place.number
    first, gap = _begin(number, max(entered + 1, told.first), told.last)
    events = told.since(first - 1)
    hidden = (seq for seq, each in enumerate(events, first) if each.__class__ is Heard and reader in each.hidden)
    return Part(room.name, gap, first, events, frozenset(hidden))


def _own(session: Session, number: int | None) -> OwnPart:
    """Return what concerned a program alone after a number; None is for one of another numbering."""
    first, gap = _begin(number, session.own - len(session.noted) + 1, session.own)
    return OwnPart(gap, first, session.since(first - 1))


def _begin(number: int | None, first: int, last: int) -> tuple[int, tuple[int, int] | None]:
    """Return the first number to send to whoever has all up to `number`, and the gap before that, if there is one.

    What is kept are the numbers from `first` to `last`. Whoever has more than there is has other numbers.
    """
    if number is None or number > last:
        return first, (0, first - 1)
    if number + 1 < first:
        return first, (number + 1, first - 1)
    return number + 1, None
