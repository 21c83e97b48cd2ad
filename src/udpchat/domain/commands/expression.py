"""Other ways to say something, and who was here: `/me`, `/shrug`, `/roll`, `/seen`.

A roll begins with the nickname alone, which no line of a member does: nobody can say a roll that was not rolled.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import cast

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.arguments import parse_nickname
from udpchat.domain.commands.spec import Command, Family
from udpchat.domain.duration import in_words
from udpchat.domain.event import Event, Name, Sentence
from udpchat.domain.grammar import ROOMS_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.bell import ring_for_names
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.slice import Follower
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

MAX_DICE = 20  # of one roll: their faces and the sum fit into two rows of a terminal
MAX_SIDES = 1000  # of a die; more than any that is made
MAX_SEEN = 4000  # keys of nicknames. A nickname has at most four: the last 1,000 who left, or more
SHRUG = "\N{MACRON}\\_(\N{KATAKANA LETTER TU})_/\N{MACRON}"

_SEEN = "seen"  # the slice, as it is stored
_DICE = re.compile("([0-9]{0,2})d([0-9]{1,4})")
_RANDOM_BYTES = 2  # for each die, so that less than one in a hundred is drawn again


@attrs.frozen
class Act:
    """`/me TEXT`: do something."""

    text: str


@attrs.frozen
class Shrug:
    """`/shrug [TEXT]`: say something, and shrug."""

    text: str


@attrs.frozen
class Roll:
    """`/roll [2d6]`: roll so many dice of so many sides."""

    dice: int = 1
    sides: int = 6


@attrs.frozen
class ShowSeen:
    """`/seen NICK`: show when somebody with a nickname was here last."""

    nickname: str  # as it was typed


@attrs.define
class Acted(Message):
    """What a member does, in its own words."""

    def sentences(self) -> Iterable[Sentence]:
        """Return the text behind a star and the nickname."""
        return (Sentence(("* ", Name(self.nickname), " "), self.text),)


@attrs.define
class Shrugged(Message):
    """A line with a shrug behind it."""

    def sentences(self) -> Iterable[Sentence]:
        """Return the line behind its speaker, as any line."""
        return (Sentence((Name(self.nickname), ": "), self.text),)


@attrs.define
class Rolled(Message):
    """What a member rolled: the dice, each face and the sum."""

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence((Name(self.nickname), " rolled "), self.text),)


@attrs.frozen
class SeenHere(Event):
    """A member asked for somebody who is here."""

    nickname: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence. It names no room."""
        return (Sentence((Name(self.nickname), " is here")),)


@attrs.frozen
class SeenBefore(Event):
    """A member asked for somebody who was here `seconds` ago."""

    nickname: Nickname
    seconds: float

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence. It names no room."""
        when = f"{in_words(self.seconds)} ago" if self.seconds >= 1 else "just now"
        return (Sentence((Name(self.nickname), f" was here {when}")),)


@attrs.frozen
class NotSeen(Rejection):
    """`/seen` with a nickname that nobody has or had."""

    nickname: str  # as it was typed

    def reason(self) -> Sentence:
        """Return the sentence. A long word is cut."""
        return Sentence(("nobody called ",), self.nickname, " was here lately")


@attrs.frozen
class ActEmpty(Rejection):
    """`/me` without a text."""

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence(("/me takes what you do: /me waves",))


@attrs.frozen
class DiceUnclear(Rejection):
    """`/roll` with anything but dice."""

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence((f"/roll takes 1 to {MAX_DICE} dice with 2 to {MAX_SIDES} sides: 2d6",))


@attrs.define
class Seen(Follower):
    """Who gave up a nickname, and when, in seconds since 1970 UTC, by each key of the nickname; the last one last."""

    before: dict[str, tuple[Nickname, float]] = attrs.field(factory=dict)

    def leave(self, _: Address) -> None:
        """Do nothing: `give_up` notes it."""

    def move(self, _: Mapping[Address, Address]) -> None:
        """Do nothing: a nickname has no address."""

    def comparable(self, _: Callable[[Address], str]) -> object:
        """Return all."""
        return [*self.before.items()]

    def give_up(self, member: Member, at: float) -> None:
        """Note that somebody with this nickname was here."""
        for key in member.keys:
            self.before.pop(key, None)
            self.before[key] = member.nickname, at
        for key in [*islice(self.before, max(0, len(self.before) - MAX_SEEN))]:
            del self.before[key]


def parse_act(rest: str) -> Act:
    """Read a text."""
    text = rest.lstrip()
    if not text:
        raise Rejected(ActEmpty())
    return Act(text)


def parse_shrug(rest: str) -> Shrug:
    """Read a text, which may be empty."""
    return Shrug(rest.strip())


def parse_roll(rest: str) -> Roll:
    """Read the number of dice and of their sides."""
    if not rest.strip():
        return Roll()
    match = _DICE.fullmatch(rest.strip().lower())
    if match is None:
        raise Rejected(DiceUnclear())
    roll = Roll(int(match[1] or 1), int(match[2]))
    if not (1 <= roll.dice <= MAX_DICE and 1 < roll.sides <= MAX_SIDES):
        raise Rejected(DiceUnclear())
    return roll


def parse_seen(rest: str) -> ShowSeen:
    """Read a nickname."""
    return ShowSeen(parse_nickname("/seen", rest))


def act(state: ChatState, member: Member, command: Act, given: Input) -> list[Delivery]:
    """Tell the room what a member does."""
    return _say(state, member, Acted(member.nickname, command.text, given.at, member.place.number))


def shrug(state: ChatState, member: Member, command: Shrug, given: Input) -> list[Delivery]:
    """Say a line and a shrug."""
    text = f"{command.text} {SHRUG}" if command.text else SHRUG
    return _say(state, member, Shrugged(member.nickname, text, given.at, member.place.number))


def roll(state: ChatState, member: Member, command: Roll, given: Input) -> list[Delivery]:
    """Roll dice, and tell the room the result."""
    faces = [*islice(rolls(given.entropy, command.sides), command.dice)]
    result = f"{' + '.join(map(str, faces))} = {sum(faces)}" if len(faces) > 1 else f"{sum(faces)}"
    text = f"{command.dice}d{command.sides}: {result}"
    return _say(state, member, Rolled(member.nickname, text, given.at, member.place.number))


def rolls(entropy: int, sides: int) -> Iterator[int]:
    """Yield faces of a die from 64 random bits, each face equally often.

    The bits are expanded (BLAKE2b, RFC 7693). What exceeds the largest multiple of `sides` is drawn again.
    """
    bound, block = (1 << 8 * _RANDOM_BYTES) // sides * sides, 0
    while True:
        drawn = hashlib.blake2b(block.to_bytes(8, "big"), key=entropy.to_bytes(8, "big"), person=b"roll").digest()
        for place in range(0, len(drawn), _RANDOM_BYTES):
            number = int.from_bytes(drawn[place : place + _RANDOM_BYTES], "big")
            if number < bound:
                yield number % sides + 1
        block += 1


def show_seen(state: ChatState, member: Member, command: ShowSeen, given: Input) -> list[Delivery]:
    """Show one member when somebody was here last."""
    here = state.roster.find(command.nickname)
    if here is not None:
        return [(Only(member.address), SeenHere(here.nickname))]
    before = cast("Seen", state.slices.by_word[_SEEN]).before
    found = [before[key] for key in state.roster.keys_of(command.nickname) if key in before]
    if not found:
        raise Rejected(NotSeen(command.nickname))
    nickname, at = max(found, key=lambda each: (each[1], each[0]))
    return [(Only(member.address), SeenBefore(nickname, given.at - at))]


def _say(state: ChatState, member: Member, message: Message) -> list[Delivery]:
    """Say something to the room, which its history keeps."""
    room = member.place.room
    state.record(room, message)
    rung = ring_for_names(state, room, member.address, message.text, message.at) if room.bells else []
    return [*rung, (room.everyone, message)]


FAMILY = Family(
    (
        Command("/me TEXT", "say what you do", parse_act, act, since=ROOMS_SINCE, speaks=True, example="/me waves"),
        Command(
            "/shrug [TEXT]",
            f"say something, and {SHRUG}",
            parse_shrug,
            shrug,
            since=ROOMS_SINCE,
            speaks=True,
            example="/shrug no idea",
        ),
        Command(
            "/roll [2d6]",
            "roll dice for all to see",
            parse_roll,
            roll,
            since=ROOMS_SINCE,
            speaks=True,
            example="/roll 2d6",
        ),
        Command(
            "/seen NICK",
            "show when somebody was here last",
            parse_seen,
            show_seen,
            since=ROOMS_SINCE,
            example="/seen Tyvem",
        ),
    ),
    {"acted": Acted, "shrugged": Shrugged, "rolled": Rolled},
    {_SEEN: Seen},
    title="expression",
)
