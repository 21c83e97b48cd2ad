"""How each client reads what happens: `/color`, `/time`, `/bell`. All are off until it turns them on."""

from __future__ import annotations

import re
from collections.abc import Iterable

import attrs

from udpchat.domain.commands.arguments import parse_switch
from udpchat.domain.commands.spec import Command, Family
from udpchat.domain.event import Event, Name, Sentence
from udpchat.domain.grammar import ROOMS_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.bell import BELLS, Bells
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

HOUR = 60  # minutes
EARLIEST = -12 * HOUR  # minutes from UTC: no place on Earth is earlier
LATEST = 14 * HOUR  # minutes from UTC: no place on Earth is later
QUARTER = 15  # minutes: no place on Earth has another offset, and each one in use costs a line a rendering

_OFFSET = re.compile("([+-])([0-9]{1,2}):?([0-5][0-9])?")


@attrs.frozen
class UseColor:
    """`/color on`, `/color off`; `on` is None for `/color` alone, which asks."""

    on: bool | None


@attrs.frozen
class UseTime:
    """`/time on`, `/time off`, `/time +02:00`: show times `offset` minutes from UTC, or none if that is None."""

    offset: int | None


@attrs.frozen
class ShowTime:
    """`/time`: show what is set."""


@attrs.frozen
class UseBell:
    """`/bell on`, `/bell off`; `on` is None for `/bell` alone, which asks."""

    on: bool | None


@attrs.frozen
class ColorShown(Event):
    """A member is shown whether it reads names in color. Its own name shows it how they look."""

    on: bool
    nickname: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        if self.on:
            return (Sentence(("you read names in color, yours is ", Name(self.nickname))),)
        return (Sentence(("you read names without color",)),)


@attrs.frozen
class TimeShown(Event):
    """A member is shown whether it reads the time in front of each line, and how many minutes from UTC."""

    offset: int | None

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        if self.offset is None:
            return (Sentence(("you read lines without the time",)),)
        hours, minutes = divmod(abs(self.offset), HOUR)
        zone = f"{'-' if self.offset < 0 else '+'}{hours:02}:{minutes:02}" if self.offset else ""
        return (Sentence((f"you read the time in front of each line, in UTC{zone}",)),)


@attrs.frozen
class BellShown(Event):
    """A member is shown whether it hears a bell."""

    on: bool

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        if self.on:
            return (Sentence(("you hear a bell when somebody says your name or writes to you alone",)),)
        return (Sentence(("you hear no bell",)),)


@attrs.frozen
class TimeUnclear(Rejection):
    """`/time` with something that is neither on nor off nor an offset that a place on Earth has."""

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence(("/time takes on, off, or an offset from UTC, -12:00 to +14:00 in quarters of an hour",))


def parse_color(rest: str) -> UseColor:
    """Read `on` or `off`, or nothing."""
    return UseColor(parse_switch("/color", rest) if rest.strip() else None)


def parse_time(rest: str) -> UseTime | ShowTime:
    """Read `on`, `off`, an offset such as `+02:00`, `+0200` or `+2`, or nothing."""
    text = rest.strip().lower()
    if not text:
        return ShowTime()
    if text in {"on", "off"}:
        return UseTime(0 if text == "on" else None)
    found = _OFFSET.fullmatch(text)
    if found is None:
        raise Rejected(TimeUnclear())
    sign, hours, minutes = found.groups("0")
    offset = (int(hours) * HOUR + int(minutes)) * (-1 if sign == "-" else 1)
    if not EARLIEST <= offset <= LATEST or offset % QUARTER:
        raise Rejected(TimeUnclear())
    return UseTime(offset)


def parse_bell(rest: str) -> UseBell:
    """Read `on` or `off`, or nothing."""
    return UseBell(parse_switch("/bell", rest) if rest.strip() else None)


def use_color(state: ChatState, member: Member, command: UseColor, _: Input) -> list[Delivery]:
    """Put names in color for the member from now on, or not any more, and show it what is set."""
    look = member.place.look
    if command.on is not None:
        look = attrs.evolve(look, color=command.on)
        state.rooms.use_look(member, look)
    return [(Only(member.address), ColorShown(look.color, member.nickname))]


def use_time(state: ChatState, member: Member, command: UseTime | ShowTime, _: Input) -> list[Delivery]:
    """Show the member the time in front of each line from now on, or not any more, and what is set."""
    look = member.place.look
    if isinstance(command, UseTime):
        look = attrs.evolve(look, time=command.offset)
        state.rooms.use_look(member, look)
    return [(Only(member.address), TimeShown(look.time))]


def use_bell(state: ChatState, member: Member, command: UseBell, _: Input) -> list[Delivery]:
    """Let the member hear a bell from now on, or not any more, and show it what is set."""
    look = member.place.look
    if command.on is not None:
        look = attrs.evolve(look, bell=command.on)
        state.rooms.use_look(member, look)
    return [(Only(member.address), BellShown(look.bell))]


FAMILY = Family(
    (
        Command(
            "/color [on|off]", "read names in color", parse_color, use_color, since=ROOMS_SINCE, example="/color on"
        ),
        Command(
            "/time [on|off|+02:00]",
            "read the time in front of each line",
            parse_time,
            use_time,
            since=ROOMS_SINCE,
            example="/time +02:00",
        ),
        Command(
            "/bell [on|off]",
            "hear a bell when your name is said",
            parse_bell,
            use_bell,
            since=ROOMS_SINCE,
            example="/bell on",
        ),
    ),
    slices={BELLS: Bells},
    title="how you read",
)
