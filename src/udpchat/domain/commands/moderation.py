"""Acts on one person: `/kick`, `/mute`, `/unmute`. An operator acts everywhere, the holder of a room in that room."""

from __future__ import annotations

import attrs

from udpchat.domain.commands.arguments import find_member, parse_nickname, parse_person
from udpchat.domain.commands.spec import Family, act_command
from udpchat.domain.event import Name, Sentence
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.acts import PersonAct, ending, to_person
from udpchat.domain.rooms.audience import Delivery, Notify
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.moves import arrive, entered
from udpchat.domain.rooms.order import BACK_SECONDS, Mute
from udpchat.domain.rooms.rights import Actor, Right, is_operator
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.sanctions import SANCTIONS, Sanctions, sanctions_of
from udpchat.domain.rooms.state import ChatState

MUTE_SECONDS = 10 * 60  # of a mute without a time


@attrs.frozen
class Kick:
    """`/kick NICK WHY`: remove somebody. `why` may be empty."""

    word: str
    why: str


@attrs.frozen
class SilencePerson:
    """`/mute NICK TIME WHY`: let somebody say nothing for so many seconds. `why` may be empty."""

    word: str
    seconds: float
    why: str


@attrs.frozen
class Unmute:
    """`/unmute NICK`: let somebody speak again."""

    word: str


@attrs.frozen
class Kicked(PersonAct):
    """Somebody was removed from the server, or from a room."""

    @property
    def did(self) -> str:
        """Return the word."""
        return "kicked"


@attrs.frozen
class PersonMuted(PersonAct):
    """Somebody may say nothing for a while."""

    @property
    def did(self) -> str:
        """Return the word."""
        return "muted"


@attrs.frozen
class PersonUnmuted(PersonAct):
    """Somebody may speak again."""

    @property
    def did(self) -> str:
        """Return the word."""
        return "unmuted"


@attrs.frozen
class OperatorSpared(Rejection):
    """An act on an operator, which only the machine itself may do."""

    whom: str

    def reason(self) -> Sentence:
        """Return what to do instead."""
        return Sentence((Name(self.whom), " is an operator, use udpchat admin on the server itself"))


@attrs.frozen
class SelfSpared(Rejection):
    """An act on oneself."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("that is you",))


@attrs.frozen
class NotInRoom(Rejection):
    """The holder of a room acted on somebody who is in another one."""

    whom: str
    room: str

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence((Name(self.whom), " is not in ", Name(self.room)))


@attrs.frozen
class NotMuted(Rejection):
    """`/unmute` for somebody who is not muted."""

    whom: str

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence((Name(self.whom), " is not muted"))


def parse_kick(rest: str) -> Kick:
    """Read a nickname and a reason."""
    word, words = parse_person("/kick", rest)
    return Kick(word, words.reason())


def parse_mute(rest: str) -> SilencePerson:
    """Read a nickname, a time and a reason."""
    word, words = parse_person("/mute", rest)
    seconds = words.time(MUTE_SECONDS)
    return SilencePerson(word, seconds, words.reason())


def parse_unmute(rest: str) -> Unmute:
    """Read a nickname."""
    return Unmute(parse_nickname("/unmute", rest))


def target(state: ChatState, actor: Actor, word: str, at: float) -> Member:
    """Return the member on whom somebody may act. Raise `Rejected`."""
    member = find_member(state.roster, word)
    if member.address == actor.address:
        raise Rejected(SelfSpared())
    if actor.right is Right.HOLDER and actor.room not in member.place.rooms:
        raise Rejected(NotInRoom(member.nickname, actor.room.name))
    if actor.right is not Right.MACHINE and is_operator(state, member.address, at):
        raise Rejected(OperatorSpared(member.nickname))
    return member


def kick(state: ChatState, actor: Actor, command: Kick, given: Input) -> list[Delivery]:
    """Remove a member from the server; the holder removes it from the room, to which it may not come back at once."""
    member = target(state, actor, command.word, given.at)
    if actor.right is Right.HOLDER:
        return _kick_out(state, actor, member, command.why, given.at)
    rooms = member.place.rooms
    act = Kicked(actor, member.nickname, why=command.why, expelled=((member.address, member.nickname),))
    state.expel(member, given.at)
    return to_person(actor, rooms, act, member.address, Sentence(("you have been disconnected.",)))


def _kick_out(state: ChatState, actor: Actor, member: Member, why: str, at: float) -> list[Delivery]:
    """Move a member out of the room of its holder, to the lobby if it is in no other room."""
    room, others = actor.room, [each for each in member.place.rooms if each is not actor.room]
    state.exit(member, room)
    room.ordered().kick(member.address, at + BACK_SECONDS)
    goes_to = others[-1] if others else state.rooms.lobby
    told = to_person(actor, (room,), Kicked(actor, member.nickname, why=why), member.address)
    return [*told, *arrive(state, member, goes_to, room), (Notify(member.address), entered(state, member))]


def mute(state: ChatState, actor: Actor, command: SilencePerson, given: Input) -> list[Delivery]:
    """Let a member say nothing: anywhere, or where a holder wants it, in the room."""
    member = target(state, actor, command.word, given.at)
    entry = Mute(ending(given.at, command.seconds), actor.name, command.why)
    if actor.right is Right.HOLDER:
        actor.room.ordered().mute(member.address, entry)
    else:
        sanctions_of(state).mute(member.address, entry)
    act = PersonMuted(actor, member.nickname, command.seconds, command.why)
    return to_person(actor, _rooms_of(actor, member), act, member.address)


def unmute(state: ChatState, actor: Actor, command: Unmute, given: Input) -> list[Delivery]:
    """Let a member speak again. An operator ends what holders wanted, too, but no holder what an operator wants."""
    member = target(state, actor, command.word, given.at)
    tables = [room.order.muted for room in _rooms_of(actor, member) if room.order is not None]
    if actor.right is not Right.HOLDER:
        tables.append(sanctions_of(state).muted)
    ended = [table.pop(member.address, None) for table in tables]
    for room in _rooms_of(actor, member):
        room.forget_order()
    if not any(entry is not None and entry.until > given.at for entry in ended):
        raise Rejected(NotMuted(member.nickname))
    return to_person(actor, _rooms_of(actor, member), PersonUnmuted(actor, member.nickname), member.address)


def _rooms_of(actor: Actor, member: Member) -> tuple[Room, ...]:
    """Return the rooms that an act on a member concerns."""
    return (actor.room,) if actor.right is Right.HOLDER else member.place.rooms


FAMILY = Family(
    (
        act_command(
            "/kick NICK [WHY]",
            "remove somebody",
            parse_kick,
            kick,
            holders=True,
            example="/kick client stop that",
        ),
        act_command(
            "/mute NICK [TIME] [WHY]",
            "let somebody say nothing",
            parse_mute,
            mute,
            holders=True,
            example="/mute client 10m stop that",
        ),
        act_command(
            "/unmute NICK",
            "let somebody speak again",
            parse_unmute,
            unmute,
            holders=True,
            example="/unmute client",
        ),
    ),
    slices={SANCTIONS: Sanctions},
    title="order",
)
