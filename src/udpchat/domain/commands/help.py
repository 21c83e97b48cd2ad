"""`/help`. It is made of the table that it stands in, so it is a function of that table and imports no family."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from udpchat.domain.commands.spec import Command, alone
from udpchat.domain.event import Event, Sentence
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.roster import Member
from udpchat.domain.rooms.state import ChatState


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


def help_for(table: Mapping[str, Command[Any]]) -> Command[Help]:
    """Return the command that shows a table, to which it may be added."""

    def show(state: ChatState, member: Member, _: Help, __: float) -> list[Delivery]:
        known = (command for command in table.values() if command.since <= state.grammar)
        commands = tuple((command.usage, command.does) for command in known)
        return [(Only(member.address), HelpShown(commands))]

    return Command("/help", "show these commands", alone(Help), show)
