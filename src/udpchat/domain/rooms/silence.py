"""Whether a member may reach others with what it sends: mutes, slow rooms, and rooms in a hush."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import attrs

from udpchat.domain.address import Address
from udpchat.domain.duration import in_words
from udpchat.domain.event import Name, Sentence, with_reason
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.acts import FOREVER
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.order import Mute, forget_over
from udpchat.domain.rooms.rights import is_operator
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.sanctions import sanctions_of
from udpchat.domain.rooms.state import ChatState


class Reach(Enum):
    """Whom a line of a member reaches, and with what."""

    NOBODY = "nobody"  # besides the member itself
    LEAVING = "leaving"  # others read that it goes: nobody is kept here
    ASKING = "asking"  # others read of it, and it says nothing to the room: it may be done in a hush
    SAYING = "saying"  # others read what it says, or what it chose


@attrs.frozen
class Muted(Rejection):
    """A line of a member that is muted, for so many seconds more."""

    mute: Mute
    seconds: float

    def reason(self) -> Sentence:
        """Return for how long, by whom, and why."""
        rest = f" for {in_words(self.seconds)} more" if self.mute.until < FOREVER else ""
        return with_reason((f"you are muted{rest}, by ", Name(self.mute.by)), self.mute.why)


@attrs.frozen
class Hushed(Rejection):
    """A line in a room where only its holder and operators speak."""

    room: str

    def reason(self) -> Sentence:
        """Return the sentence."""
        who = "only operators speak" if self.room == "lobby" else "only the holder and operators speak"
        return Sentence((f"{who} in ", Name(self.room), " now, /hand raises your hand"))


@attrs.frozen
class Slowed(Rejection):
    """A line that follows another one too soon, in a room where clients speak once in so many seconds."""

    slow: int
    wait: float

    def reason(self) -> Sentence:
        """Return how often one may speak, and how long to wait."""
        return Sentence((f"one line in {in_words(self.slow)} here, wait {in_words(self.wait + 1)}",))


def check_silence(state: ChatState, member: Member, reach: Reach, at: float) -> None:
    """Raise `Rejected` if a member may not reach others now. Otherwise take note that it does.

    Where it would be read in several rooms, all of them must allow it. An operator may always.
    """
    rooms = member.place.rooms
    if reach in {Reach.NOBODY, Reach.LEAVING} or not (
        sanctions_of(state).muted or any(room.order is not None for room in rooms)
    ):
        return
    if not is_operator(state, member.address, at):
        check_silence_at(state, member.address, rooms, reach, at)


def check_silence_at(state: ChatState, address: Address, rooms: Sequence[Room], reach: Reach, at: float) -> None:
    """Do the same for whoever is or was at an address, who is no operator, and would be read in these rooms."""
    forget_over(sanctions_of(state).muted, at)
    for room in rooms:
        room.forget_over(at)
    ordered = [(room, room.order) for room in rooms if room.order is not None]
    for muted in (sanctions_of(state).muted, *(order.muted for _, order in ordered)):
        if (mute := muted.get(address)) is not None and mute.until > at:
            raise Rejected(Muted(mute, mute.until - at))
    others = [(room, order) for room, order in ordered if room.holder != address]
    for room, order in others:
        if order.hush and reach is Reach.SAYING:
            raise Rejected(Hushed(room.name))
        if (wait := order.wait(address, at)) > 0:
            raise Rejected(Slowed(order.slow, wait))
    for _, order in others:
        if order.slow:
            order.speak(address, at)
