"""`/help`, and hints for members who do not know that commands begin with a slash.

`/help` is made of the table that it stands in, so it is a function of that table and imports no family.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.spec import Command, Family, alone, each_once
from udpchat.domain.event import Event, Sentence
from udpchat.domain.grammar import HINTS_SINCE, ROOMS_SINCE
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.slice import Slice
from udpchat.domain.rooms.state import ChatState

EXPERIENCED = "experienced"  # the slice, as it is stored
_MEANT = {"help": "/help", "?": "/help", "exit": "/quit", "quit": "/quit"}
LONGEST_MEANT = max(map(len, _MEANT))  # characters; a longer line needs no look


@attrs.frozen
class Help:
    """`/help`: show the commands."""


@attrs.frozen
class HelpShown(Event):
    """A member is shown each command: how it is typed, and what it does."""

    commands: tuple[tuple[str, str], ...]

    def sentences(self) -> Iterable[Sentence]:
        """Return a line for each command."""
        return (Sentence((f"{usage} - {does}",)) for usage, does in self.commands)


@attrs.frozen
class CommandMeant(Event):
    """A member said a word with which other programs show help or end, and reads which `command` does so here."""

    command: str  # "/help" or "/quit"

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        purpose = "to leave" if self.command == "/quit" else "to see the commands"
        return (Sentence((f"{purpose}, type: {self.command}",)),)


@attrs.define
class Experienced(Slice):
    """The members that have used a command, or were hinted at one."""

    members: set[Address] = attrs.field(factory=set)

    def leave(self, address: Address) -> None:
        """Forget the member: the next one at its address may be somebody else."""
        self.members.discard(address)

    def move(self, places: Mapping[Address, Address]) -> None:
        """Replace the addresses."""
        self.members = {places.get(address, address) for address in self.members}

    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return the addresses in the order of their texts."""
        return sorted(map(encode, self.members))


def experienced(state: ChatState) -> set[Address]:
    """Return the addresses of the members that need no hint."""
    return cast("Experienced", state.slices[EXPERIENCED]).members


def hint(state: ChatState, member: Member, line: str) -> list[Delivery]:
    """Hint at the command that a plain line means, once, and only if the member has never used a command."""
    command = _MEANT.get(line.lower())
    if command is None or state.grammar < HINTS_SINCE or member.address in experienced(state):
        return []
    experienced(state).add(member.address)
    return [(Only(member.address), CommandMeant(command))]


def help_for(table: Mapping[str, Command[Any]]) -> Command[Help]:
    """Return the command that shows a table, to which it may be added."""

    def show(state: ChatState, member: Member, _: Help, __: Input) -> list[Delivery]:
        known = (command for command in each_once(table) if command.since <= state.grammar)
        commands = tuple((command.usage, command.does) for command in known)
        return [(Only(member.address), HelpShown(commands))]

    return Command("/help", "show these commands", alone(Help), show, aliases=("/?",), aliases_since=ROOMS_SINCE)


FAMILY = Family((), slices={EXPERIENCED: Experienced}, title="help")
