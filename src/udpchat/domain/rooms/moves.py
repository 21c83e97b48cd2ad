"""A member that goes from one room to another, and what is read of that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from udpchat.domain.event import Event, Listing, Name, Part, Sentence
from udpchat.domain.rooms.audience import Delivery, InRoom, Only
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

MAX_NAMED = 5  # others in a room, or who come at once, that a client reads the names of; of more it reads the number


@attrs.frozen
class Gone(Event):
    """A member went to another room; `room` is None if that is private."""

    nickname: Nickname
    room: str | None

    def sentences(self) -> Iterable[Sentence]:
        """Return what those read who stay."""
        return (Sentence((Name(self.nickname), " has gone to ", *_named(self.room))),)


@attrs.frozen
class Come(Event):
    """A member came from another room; `room` is None if that is private."""

    nickname: Nickname
    room: str | None

    def sentences(self) -> Iterable[Sentence]:
        """Return what those read who were there before."""
        return (Sentence((Name(self.nickname), " has come from ", *_named(self.room))),)


@attrs.frozen
class ManyCome(Event):
    """So many members came from another room at once; `room` is None if that is private."""

    number: int
    room: str | None

    def sentences(self) -> Iterable[Sentence]:
        """Return what those read who were there before."""
        return (Sentence((f"you are joined by {self.number} people from ", *_named(self.room))),)


@attrs.frozen
class RoomEntered(Event):
    """A member is in another room now, with so many `others`. It reads their names if they are few.

    If it `set_key`, the room was empty, and has the key with which the member came.
    """

    room: str
    others: int
    names: Sequence[Nickname]
    topic: str = ""
    set_key: bool = False

    def sentences(self) -> Iterable[Sentence | Listing]:
        """Return where the member is, with whom, and what the room is about."""
        room = Name(self.room)
        if self.names:
            yield Listing(f"you are in {self.room} with ", [(Name(each),) for each in self.names])
        elif self.others:
            yield Sentence(("you are in ", room, f" with {self.others} others"))
        else:
            yield Sentence(("you are alone in ", room, ", your key is set" if self.set_key else ""))
        if self.topic:
            yield Sentence(("showing the topic: ",), self.topic)


def move(state: ChatState, member: Member, room: Room, *, set_key: bool = False) -> list[Delivery]:
    """Let a member leave the room in which it speaks, and go on in another one. First the old room reads of it."""
    old = member.place.room
    state.exit(member, old)
    gone = (InRoom(old.name), Gone(member.nickname, _name_for_all(room)))
    come = arrive(state, member, room, old)
    return [gone, *come, (Only(member.address), entered(state, member, set_key=set_key))]


def arrive(state: ChatState, member: Member, room: Room, old: Room) -> list[Delivery]:
    """Let a member that has left a room go on in another one, and return what the others there read."""
    if room in member.place.rooms:
        return []
    state.rooms.enter(member, room)
    return [(InRoom(room.name, frozenset((member.address,))), Come(member.nickname, _name_for_all(old)))]


def arrive_together(state: ChatState, members: Sequence[Member], room: Room, old: Room) -> list[Delivery]:
    """Let members that have left a room go on in another one. The others there read who came, or how many."""
    for member in members:
        state.rooms.enter(member, room)
    others, name = InRoom(room.name, frozenset(member.address for member in members)), _name_for_all(old)
    if len(members) > MAX_NAMED:
        return [(others, ManyCome(len(members), name))]
    return [(others, Come(member.nickname, name)) for member in members]


def entered(state: ChatState, member: Member, *, set_key: bool = False) -> RoomEntered:
    """Return where a member is now, for that member."""
    room = member.place.room
    others = len(room.members) - 1
    members = state.members_of(room) if others <= MAX_NAMED else ()
    names = tuple(each.nickname for each in members if each.address != member.address)
    return RoomEntered(room.name, others, names, room.topic, set_key)


def _name_for_all(room: Room) -> str | None:
    """Return the name of a room as those outside may read it."""
    return None if room.private else room.name


def _named(room: str | None) -> tuple[Part, ...]:
    """Return a room in a sentence."""
    return ("another room",) if room is None else (Name(room),)
