"""From room to room: `/join`, `/leave`.

A private room is never named to anybody outside it. A client that may not enter a room learns that the name is taken,
because it could not make a room with it, and nothing else: the answer is the same for every room that it cannot enter.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.spec import Command, Family, Secret, alone
from udpchat.domain.event import Event, Name, Sentence
from udpchat.domain.grammar import ROOMS_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.moves import move
from udpchat.domain.rooms.room import KEY_PURPOSE, Room
from udpchat.domain.rooms.rooms import MAX_HELD, Rooms
from udpchat.domain.rooms.silence import Reach
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import MAX_CHARACTERS


@attrs.frozen
class Join:
    """`/join ROOM [KEY]`: go into a room. `key` is a keyed hash."""

    word: str
    key: str


@attrs.frozen
class Leave:
    """`/leave`: go back into the lobby."""


@attrs.frozen
class InRoomAlready(Event):
    """A member asked to enter a room in which it is."""

    room: str

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence(("you are in ", Name(self.room), " already")),)


@attrs.frozen
class RoomMissing(Rejection):
    """`/join` without a name."""

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence(("/join takes the name of a room, and its key if it has one",))


@attrs.frozen
class RoomUnfit(Rejection):
    """A name that breaks the rules, which are those for nicknames."""

    def reason(self) -> Sentence:
        """Return the rules."""
        return Sentence((f"the name of a room is a letter, then up to {MAX_CHARACTERS - 1} letters, digits, - and _",))


@attrs.frozen
class RoomMixed(Rejection):
    """A name with letters of scripts that are not written together."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("the name of a room does not mix scripts",))


@attrs.frozen
class RoomReserved(Rejection):
    """A name that reads as if the server spoke."""

    room: str

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence((f"room name {self.room} is reserved",))


@attrs.frozen
class RoomClosed(Rejection):
    """A room that the member may not enter. `room` is the name as it was typed: the true one may be a secret."""

    room: str

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence((Name(self.room), " is not open to you, you need its key or an invitation"))


@attrs.frozen
class KickedOut(Rejection):
    """A room that the member was kicked out of a moment ago."""

    room: str

    def reason(self) -> Sentence:
        """Return how one comes back."""
        return Sentence(("you were kicked out of ", Name(self.room), ", come back in a while or with an invitation"))


@attrs.frozen
class TooManyRooms(Rejection):
    """There are as many rooms as there may be."""

    number: int

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence((f"there are {self.number} rooms already, see /rooms",))


@attrs.frozen
class TooManyHeld(Rejection):
    """The member holds as many rooms as one may."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence((f"you hold {MAX_HELD} rooms already",))


@attrs.frozen
class LobbyLeft(Rejection):
    """`/leave` in the lobby."""

    def reason(self) -> Sentence:
        """Return what one may have meant."""
        return Sentence(("you are in the lobby already, to leave the chat type /quit",))


def parse_join(rest: str) -> Join:
    """Read a name, and the hash of a key."""
    words = rest.split(maxsplit=1)
    if not words:
        raise Rejected(RoomMissing())
    return Join(words[0], "".join(words[1:]))


def join(state: ChatState, member: Member, command: Join, given: Input) -> list[Delivery]:
    """Move a member to a room, which is made if there is none."""
    rooms, names = state.rooms, state.rooms.names
    word = command.word.removeprefix("#")
    name = names.fit(word)
    if name is None:
        raise Rejected(RoomMixed() if names.is_mixed(word) else RoomUnfit())
    room = rooms.find(name)
    if room is not None and room in member.place.rooms:
        return [(Only(member.address), InRoomAlready(room.name))]
    if room is not None and room.order is not None and room.order.keeps_out(member.address, given.at):
        raise Rejected(KickedOut(room.name))
    if room is not None and not room.admits(member.address, command.key):
        raise Rejected(RoomClosed(name))
    if room is None and names.is_reserved(name):
        raise Rejected(RoomReserved(name))
    holds = room is None or (not room.members and room is not rooms.lobby)
    others = [each for each in member.place.rooms if each is not member.place.room]
    if holds and sum(each.holder == member.address for each in others) >= MAX_HELD:  # whoever holds a room is in it
        raise Rejected(TooManyHeld())
    room = room or rooms.make(name, state.rules.max_rooms)
    if room is None:
        raise Rejected(TooManyRooms(len(rooms.by_name)))
    if holds and command.key:
        rooms.change(room, key=command.key)
    return move(state, member, room, set_key=holds and command.key != "")


def leave(state: ChatState, member: Member, _: Leave, __: Input) -> list[Delivery]:
    """Move a member to the lobby; one that is in several rooms goes on in the one that it entered last before."""
    here, lobby = member.place.room, state.rooms.lobby
    if here is lobby:
        raise Rejected(LobbyLeft())
    others = [room for room in member.place.rooms if room is not here]
    return move(state, member, others[-1] if others else lobby)


def _where_it_leads(rooms: Rooms, address: Address, rest: str) -> Room | None:
    """Return the room that /join leads to, if it is known to the client."""
    words = rest.split()
    return rooms.known(words[0], address) if words else None


FAMILY = Family(
    (
        Command(
            "/join ROOM [KEY]",
            "go to another room, or make one",
            parse_join,
            join,
            since=ROOMS_SINCE,
            secret=Secret(after=1, purpose=KEY_PURPOSE),
            announced=True,
            reaches=Reach.ASKING,
            enters=_where_it_leads,
            example="/join kitchen",
        ),
        Command(
            "/leave",
            "go back to the lobby",
            alone(Leave),
            leave,
            since=ROOMS_SINCE,
            announced=True,
            reaches=Reach.LEAVING,
            enters=lambda rooms, *_: rooms.lobby,
            aliases=("/part",),
        ),
    ),
    title="other rooms",
)
