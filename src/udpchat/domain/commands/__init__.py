"""All commands, one file for each family.

A new command goes into its family's file; only a new family adds a line here. The folder has more than ten modules,
because each family is one file. Three more say what a command is, what stays private, and what is secret.
"""

from __future__ import annotations

from typing import Any

from udpchat.domain.commands import (
    away,
    banning,
    claims,
    expression,
    hands,
    history,
    holding,
    ignoring,
    looks,
    moderation,
    moving,
    names,
    operators,
    order,
    people,
    presence,
    private,
    resuming,
    rooms,
    scripts,
    talk,
    wiping,
)
from udpchat.domain.commands import help as help_
from udpchat.domain.commands.spec import Command, Family, table_of
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.slice import Slice

FAMILIES: tuple[Family, ...] = (
    talk.FAMILY,
    private.FAMILY,
    expression.FAMILY,
    names.FAMILY,
    claims.FAMILY,
    resuming.FAMILY,
    scripts.FAMILY,
    people.FAMILY,
    away.FAMILY,
    ignoring.FAMILY,
    hands.FAMILY,
    rooms.FAMILY,
    moving.FAMILY,
    holding.FAMILY,
    history.FAMILY,
    looks.FAMILY,
    moderation.FAMILY,
    order.FAMILY,
    banning.FAMILY,
    wiping.FAMILY,
    operators.FAMILY,
    presence.FAMILY,
    help_.FAMILY,
)
COMMANDS: dict[str, Command[Any]] = table_of(command for family in FAMILIES for command in family.commands)
COMMANDS |= table_of([help_.help_for(COMMANDS, FAMILIES)])
MESSAGES: dict[str, type[Message]] = {word: kind for family in FAMILIES for word, kind in family.messages.items()}
SLICES: dict[str, type[Slice]] = {word: kind for family in FAMILIES for word, kind in family.slices.items()}
