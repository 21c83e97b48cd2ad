"""What the holder of a room may do: `/key`, `/private`, `/invite`.

Whoever makes a room holds it. When the holder goes, the one who was there longest holds it. Nobody holds the lobby.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.commands.arguments import find_member, parse_nickname, parse_switch
from udpchat.domain.commands.spec import Command, Family, Secret
from udpchat.domain.event import Event, Name, Sentence
from udpchat.domain.grammar import ROOMS_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, InRoom, Notify, Only
from udpchat.domain.rooms.holder import by_holder, held
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.room import KEY_PURPOSE
from udpchat.domain.rooms.silence import Reach
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

_OFF = "off"  # removes the key


@attrs.frozen
class SetKey:
    """`/key KEY`: let only those in who have the key. `key` is a keyed hash; "" removes the key."""

    key: str


@attrs.frozen
class SetPrivate:
    """`/private on` or `/private off`: hide the room from those outside, or show it."""

    private: bool


@attrs.frozen
class Invite:
    """`/invite NICK`: let somebody in once without a key."""

    word: str


@attrs.frozen
class KeyChanged(Event):
    """The holder set a key for the room, or removed it if the room does not have one now."""

    nickname: Nickname
    has_key: bool

    def sentences(self) -> Iterable[Sentence]:
        """Return what the others read. Nobody ever reads the key."""
        return (Sentence((Name(self.nickname), " set a key" if self.has_key else " removed the key")),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the holder reads."""
        if not self.has_key:
            return (Sentence(("you removed the key",)),)
        return (Sentence(("new key set, those who are not invited need it to come in",)),)


@attrs.frozen
class PrivacyChanged(Event):
    """The holder hid the room from those outside, or showed it."""

    nickname: Nickname
    private: bool

    def sentences(self) -> Iterable[Sentence]:
        """Return what the others read."""
        return (Sentence((Name(self.nickname), " made this room ", "private" if self.private else "public")),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the holder reads."""
        if not self.private:
            return (Sentence(("you made this room public, /rooms shows it to all",)),)
        return (Sentence(("you made this room private, others need its key or an invitation",)),)


@attrs.frozen
class Invited(Event):
    """A client may enter a room once. Only that client and the holder of the room read this."""

    by: Nickname
    nickname: Nickname
    room: str

    def sentences(self) -> Iterable[Sentence]:
        """Return what the invited client reads, and types."""
        yield Sentence((Name(self.by), " invites you to ", Name(self.room)))
        yield Sentence(("to go there, type: /join ", Name(self.room)))

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the holder reads."""
        return (Sentence(("you invited ", Name(self.nickname), " to ", Name(self.room))),)


@attrs.frozen
class HolderChanged(Event):
    """Another member holds a room now, because the holder left it."""

    nickname: Nickname
    room: str

    def sentences(self) -> Iterable[Sentence]:
        """Return what the others in the room read."""
        return (Sentence((Name(self.nickname), " holds ", Name(self.room), " now")),)


@attrs.frozen
class BecameHolder(Event):
    """A member holds a room now, because it made the room, or because the holder left it."""

    room: str

    def sentences(self) -> Iterable[Sentence]:
        """Return what the member may do now."""
        return (
            Sentence(
                (
                    "you hold ",
                    Name(self.room),
                    " now, you may use /topic, /key, /private, /invite, /next, /kick, /mute, /slow and /hush",
                )
            ),
        )


@attrs.frozen
class KeyMissing(Rejection):
    """`/key` without a key."""

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence(("/key takes a key, or off",))


@attrs.frozen
class NeedsNoInvitation(Rejection):
    """An invitation for somebody who is in the room, or is invited."""

    nickname: Nickname
    room: str
    invited: bool

    def reason(self) -> Sentence:
        """Return the sentence."""
        name = Name(self.nickname)
        return Sentence(
            (name, " is invited already") if self.invited else (name, " is in ", Name(self.room), " already")
        )


def parse_key(rest: str) -> SetKey:
    """Read the hash of a key, or `off`."""
    key = rest.strip()
    if not key:
        raise Rejected(KeyMissing())
    return SetKey("" if key.lower() == _OFF else key)


def parse_private(rest: str) -> SetPrivate:
    """Read `on` or `off`."""
    return SetPrivate(parse_switch("/private", rest))


def parse_invite(rest: str) -> Invite:
    """Read a nickname."""
    return Invite(parse_nickname("/invite", rest))


def set_key(state: ChatState, member: Member, command: SetKey, _: Input) -> list[Delivery]:
    """Change the key of a room, or remove it."""
    room = held(state, member)
    changed, event = command.key != room.key, KeyChanged(member.nickname, command.key != "")
    state.rooms.change(room, key=command.key)
    return by_holder(room, member, event, changed=changed)


def set_private(state: ChatState, member: Member, command: SetPrivate, _: Input) -> list[Delivery]:
    """Hide a room from those outside, or show it."""
    room = held(state, member)
    changed, event = command.private != room.private, PrivacyChanged(member.nickname, command.private)
    state.rooms.change(room, private=command.private)
    return by_holder(room, member, event, changed=changed)


def invite(state: ChatState, member: Member, command: Invite, _: Input) -> list[Delivery]:
    """Let somebody into a room once. Those in the room read nothing of it."""
    room, guest = held(state, member), find_member(state.roster, command.word)
    is_invited = guest.address in room.invited
    if is_invited or guest.address in room.members:
        raise Rejected(NeedsNoInvitation(guest.nickname, room.name, is_invited))
    room.invite(guest.address)
    invited = Invited(member.nickname, guest.nickname, room.name)
    return [(Only(member.address), invited), (Notify(guest.address), invited)]


def notify_holders(state: ChatState) -> list[Delivery]:
    """Notify those who hold a room since this input, and the others in it. The machine calls this."""
    rooms, members = state.rooms, state.roster.members
    deliveries: list[Delivery] = []
    for room in rooms.new_holders:
        if (holder := room.holder) is not None:
            changed = HolderChanged(members[holder].nickname, room.name)
            deliveries += [
                (Notify(holder), BecameHolder(room.name)),
                (InRoom(room.name, frozenset((holder,))), changed),
            ]
    rooms.new_holders.clear()
    return deliveries


FAMILY = Family(
    (
        Command(
            "/key KEY|off",
            "set or remove the key of your room",
            parse_key,
            set_key,
            since=ROOMS_SINCE,
            secret=Secret(purpose=KEY_PURPOSE, plain=_OFF),
            announced=True,
            example="/key open sesame",
        ),
        Command(
            "/private on|off",
            "hide your room from others",
            parse_private,
            set_private,
            since=ROOMS_SINCE,
            announced=True,
            example="/private on",
        ),
        Command(
            "/invite NICK",
            "let somebody into your room",
            parse_invite,
            invite,
            since=ROOMS_SINCE,
            reaches=Reach.ASKING,
            example="/invite client",
        ),
    ),
    title="your room",
)
