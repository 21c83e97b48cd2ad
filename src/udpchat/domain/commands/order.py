"""Order in a room and on the server: `/slow`, `/hush`, `/lockdown`, `/announce`, `/close`."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.commands.arguments import NothingToSay, parse_switch
from udpchat.domain.commands.spec import Family, act_command
from udpchat.domain.duration import in_words
from udpchat.domain.event import Name, Sentence
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.acts import Act, RoomAct, name_of, to_all
from udpchat.domain.rooms.audience import Delivery, Notify, Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.moves import arrive_together, entered
from udpchat.domain.rooms.rights import Actor
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.sanctions import sanctions_of
from udpchat.domain.rooms.state import ChatState

MAX_SLOW = 3600  # seconds from one line of a client to the next
_OFF = "off"


@attrs.frozen
class Slow:
    """`/slow SECONDS`: one line of each client in that time; 0 is for no limit."""

    seconds: int


@attrs.frozen
class Hush:
    """`/hush on` or `/hush off`."""

    on: bool


@attrs.frozen
class Lockdown:
    """`/lockdown on` or `/lockdown off`."""

    on: bool


@attrs.frozen
class Announce:
    """`/announce TEXT`."""

    text: str


@attrs.frozen
class CloseRoom:
    """`/close ROOM`."""

    word: str


@attrs.frozen
class SlowSet(RoomAct):
    """Each client may say one line in so many seconds; 0 is for no limit."""

    seconds: int

    def what(self) -> str:
        """Return how often one may speak."""
        return f"allows one line in {in_words(self.seconds)}" if self.seconds else "allows lines without a wait"

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the one who did it reads."""
        return (Sentence((f"you allow {self.what().removeprefix('allows ')}",)),)


@attrs.frozen
class HushSet(RoomAct):
    """Only the holder and operators speak, or all do again."""

    on: bool

    def what(self) -> str:
        """Return who may speak."""
        return "silenced this room, /hand raises your hand" if self.on else "let everybody speak again"


@attrs.frozen
class LockdownSet(RoomAct):
    """No stranger is let in, or strangers are again."""

    on: bool

    def what(self) -> str:
        """Return whether somebody can come in."""
        return "closed the server, nobody new can come in" if self.on else "opened the server again"


@attrs.frozen
class Announced(Act):
    """Somebody said something to all rooms."""

    actor: Actor
    text: str

    def sentences(self) -> Iterable[Sentence]:
        """Return who said what."""
        return (Sentence((name_of(self.actor), " announces: "), self.text),)

    def record(self) -> dict[str, str]:
        """Return what the log has of it, which is not what was said."""
        return {"act": "announced", "by": self.actor.name, "right": self.actor.right.value}


@attrs.frozen
class RoomWasClosed(Act):
    """A room ended, and its members are in the lobby."""

    actor: Actor
    room: str

    def sentences(self) -> Iterable[Sentence]:
        """Return what the members of the room read."""
        return (Sentence((name_of(self.actor), " closed ", Name(self.room))),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the one who did it reads."""
        return (Sentence(("you closed ", Name(self.room))),)

    def record(self) -> dict[str, str]:
        """Return what the log has of it."""
        return {"act": "closed", "by": self.actor.name, "right": self.actor.right.value, "room": self.room}


@attrs.frozen
class SlowUnclear(Rejection):
    """`/slow` with anything but a number of seconds."""

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence((f"/slow takes up to {MAX_SLOW} seconds, or off",))


@attrs.frozen
class RoomNeeded(Rejection):
    """`/close` without the name of a room, or with that of none."""

    word: str

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence(("/close takes the name of a room but the lobby, see /rooms",))


def parse_slow(rest: str) -> Slow:
    """Read a number, or `off`."""
    word = rest.strip().lower().removesuffix("s")
    if word == _OFF:
        return Slow(0)
    if not (word.isascii() and word.isdecimal() and len(word) <= len(str(MAX_SLOW)) and int(word) <= MAX_SLOW):
        raise Rejected(SlowUnclear())
    return Slow(int(word))


def parse_hush(rest: str) -> Hush:
    """Read `on` or `off`."""
    return Hush(parse_switch("/hush", rest))


def parse_lockdown(rest: str) -> Lockdown:
    """Read `on` or `off`."""
    return Lockdown(parse_switch("/lockdown", rest))


def parse_announce(rest: str) -> Announce:
    """Read a text."""
    text = rest.strip()
    if not text:
        raise Rejected(NothingToSay("/announce"))
    return Announce(text)


def parse_close(rest: str) -> CloseRoom:
    """Read a name."""
    return CloseRoom(rest.strip())


def slow(_: ChatState, actor: Actor, command: Slow, __: Input) -> list[Delivery]:
    """Set how often one may speak in the room."""
    order = actor.room.ordered()
    changed, order.slow = order.slow != command.seconds, command.seconds
    if not command.seconds:
        order.spoke.clear()
    actor.room.forget_order()
    return _set(actor, SlowSet(actor, command.seconds), changed=changed)


def hush(_: ChatState, actor: Actor, command: Hush, __: Input) -> list[Delivery]:
    """Let only the holder and operators speak in the room, or all."""
    order = actor.room.ordered()
    changed, order.hush = order.hush != command.on, command.on
    actor.room.forget_order()
    return _set(actor, HushSet(actor, command.on), changed=changed)


def lockdown(state: ChatState, actor: Actor, command: Lockdown, _: Input) -> list[Delivery]:
    """Let no stranger in, or let strangers in again. Who is here stays."""
    sanctions, act = sanctions_of(state), LockdownSet(actor, command.on)
    if bool(sanctions.lockdown) == command.on:
        return _set(actor, act, changed=False)
    sanctions.lockdown = actor.name if command.on else ""
    return to_all(actor, (actor.room, *_others(state, actor)), act)


def announce(state: ChatState, actor: Actor, command: Announce, _: Input) -> list[Delivery]:
    """Say something to all rooms."""
    return to_all(actor, (actor.room, *_others(state, actor)), Announced(actor, command.text))


def close_room(state: ChatState, actor: Actor, command: CloseRoom, _: Input) -> list[Delivery]:
    """End a room with its history. Its members go on in the lobby."""
    rooms, lobby = state.rooms, state.rooms.lobby
    name = rooms.names.fit(command.word.removeprefix("#"))
    room = None if name is None else rooms.find(name)
    if room is None or room is lobby:
        raise Rejected(RoomNeeded(command.word))
    members, closed = state.members_of(room), RoomWasClosed(actor, room.name)
    deliveries: list[Delivery] = [(Notify(each.address), closed) for each in members if each.address != actor.address]
    deliveries.append((Only(actor.address), closed))
    for member in members:
        state.exit(member, room)
    deliveries += arrive_together(state, [each for each in members if not each.place.rooms], lobby, room)
    for member in members:
        reader = Only(member.address) if member.address == actor.address else Notify(member.address)
        deliveries.append((reader, entered(state, member)))
    rooms.end(room)
    return deliveries


def _set(actor: Actor, act: Act, *, changed: bool) -> list[Delivery]:
    """Return the deliveries of what was set for a room. If nothing changed, the others receive nothing."""
    if changed:
        return to_all(actor, (actor.room,), act)
    return [(Only(actor.address), act)]


def _others(state: ChatState, actor: Actor) -> list[Room]:
    return [room for room in state.rooms if room is not actor.room and room.members]


FAMILY = Family(
    (
        act_command(
            "/slow SECONDS|off",
            "let everybody say one line in that time",
            parse_slow,
            slow,
            holders=True,
            example="/slow 10",
        ),
        act_command(
            "/hush on|off",
            "let only the holder and operators speak",
            parse_hush,
            hush,
            holders=True,
            example="/hush on",
        ),
        act_command(
            "/lockdown on|off",
            "let nobody new in",
            parse_lockdown,
            lockdown,
            example="/lockdown on",
        ),
        act_command(
            "/announce TEXT",
            "say something to all rooms",
            parse_announce,
            announce,
            example="/announce lunch at noon",
        ),
        act_command(
            "/close ROOM",
            "end a room",
            parse_close,
            close_room,
            example="/close kitchen",
        ),
    ),
    title="room order",
)
