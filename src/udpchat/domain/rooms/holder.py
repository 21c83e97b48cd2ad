"""What only the holder of a room may do, in commands of several families.

Whoever makes a room holds it. When the holder goes, the one who was there longest holds it. Nobody holds the lobby.
"""

from __future__ import annotations

import attrs

from udpchat.domain.event import Event, Name, Sentence
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, InRoomBy, Only
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname


@attrs.frozen
class NotHolder(Rejection):
    """A member that does not hold the room did what only its holder may do."""

    holder: Nickname
    room: str

    def reason(self) -> Sentence:
        """Return who may do it."""
        return Sentence(("only ", Name(self.holder), ", who holds ", Name(self.room), ", may do that"))


@attrs.frozen
class NobodyHolds(Rejection):
    """A member did in the lobby what only the holder of a room may do."""

    room: str

    def reason(self) -> Sentence:
        """Return how one holds a room."""
        return Sentence(("nobody holds ", Name(self.room), ", to make a room that you hold type: /join NAME"))


def held(state: ChatState, member: Member) -> Room:
    """Return the room of a member, which must hold it."""
    room = member.place.room
    if room.holder is None:
        raise Rejected(NobodyHolds(room.name))
    if room.holder != member.address:
        raise Rejected(NotHolder(state.roster.members[room.holder].nickname, room.name))
    return room


def by_holder(room: Room, member: Member, event: Event, *, changed: bool) -> list[Delivery]:
    """Return the deliveries of what the holder did. If nothing changed, the others receive nothing."""
    return [(InRoomBy(room.name, member.address) if changed else Only(member.address), event)]
