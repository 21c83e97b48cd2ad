"""What a program may have of what it lost: of each room since it came in, and of what concerned it alone."""

from __future__ import annotations

from collections.abc import Iterator

from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.programs.answers import CaughtUp, Gap, Hidden, Resent
from udpchat.domain.rooms.programs.session import Session
from udpchat.domain.rooms.programs.told import Heard, Told
from udpchat.domain.rooms.requests import Places
from udpchat.domain.rooms.room import Room

Items = Iterator[Resent | Gap | Hidden]


def catch_up(member: Member, session: Session, places: Places, numbering: str) -> CaughtUp | None:
    """Return what came after these places, or None if that is nothing. `numbering` is the name of the numbers here.

    A room in which the member is not is left out.
    """
    is_ours = places.log in {"", numbering}
    rooms = {room.name: room for room in member.place.rooms}
    items: list[Resent | Gap | Hidden] = []
    for name, number in dict(places.rooms).items():
        if (room := rooms.get(name)) is not None and room.told is not None:
            items += _of_room(room, room.told, member, number if is_ours else None)
    if places.own is not None:
        items += _own(session, places.own if is_ours else None)
    return CaughtUp(tuple(items)) if items else None


def _of_room(room: Room, told: Told, member: Member, number: int | None) -> Items:
    """Yield what a room was told after a number; None is for one of another numbering."""
    entered = room.programs[member.address]
    first, gap = _begin(number, max(entered + 1, told.first), told.last)
    if gap is not None:
        yield Gap(room.name, *gap)
    for seq, each in told.since(first - 1):
        yield _shown(room.name, seq, each, member.place.number)


def _own(session: Session, number: int | None) -> Items:
    """Yield what concerned a program alone after a number; None is for one of another numbering."""
    first, gap = _begin(number, session.own - len(session.noted) + 1, session.own)
    if gap is not None:
        yield Gap(None, *gap)
    for own, noted in session.since(first - 1):
        yield Gap(None, own, own) if noted.event is None else Resent(noted.event, own=own, at=noted.at)


def _begin(number: int | None, first: int, last: int) -> tuple[int, tuple[int, int] | None]:
    """Return the first number to send to whoever has all up to `number`, and the gap before that, if there is one.

    What is kept are the numbers from `first` to `last`. Whoever has more than there is has other numbers.
    """
    if number is None or number > last:
        return first, (0, first - 1)
    if number + 1 < first:
        return first, (number + 1, first - 1)
    return number + 1, None


def _shown(room: str, seq: int, each: Message | Heard, reader: int) -> Resent | Hidden:
    """Return one event as a member with this number sees it."""
    if isinstance(each, Message):
        return Resent(each, room, seq, at=each.at)
    if each.event is None or reader in each.hidden:
        return Hidden(room, seq)
    return Resent(each.event, room, seq, at=each.at)
