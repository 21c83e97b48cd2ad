"""What the tools hide unless `--private` is given: text that only one client typed or received.

Only this module of the tools knows commands, audiences and events.
"""

from __future__ import annotations

from collections.abc import Iterator

import click

from udpchat.domain.commands import COMMANDS
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.audience import InRoomBy, Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.text.clean import clean

PRIVATE = click.option("--private", is_flag=True, help="Also show text that only one client typed or received.")


def typed(line: str, *, private: bool) -> str:
    """Return a line as it is safe for a terminal. A private line is reduced to its command."""
    return clean(line) if private or _is_public(line) else _redacted(line)


def _is_public(line: str) -> bool:
    """Return whether everyone in the room received the line."""
    return line[:1] != "/" or line[:2] == "//"


def _redacted(line: str) -> str:
    """Return the command of a line without its arguments. An unknown command may be mistyped text: it is hidden too."""
    word = line.split(maxsplit=1)[0]
    known = word.lower() in COMMANDS
    return f"{word if known else '/'}{' ...' if line != word or not known else ''}"


def sent(chat: Chat, given: Input, *, private: bool) -> Iterator[str]:
    """Handle an input; yield each line that it leads to, with its recipients."""
    roster = chat.state.roster
    for audience, event in chat.handle(given):
        limit = chat.state.rules.max_datagram
        if isinstance(audience, InRoomBy | Only):
            for line in render(event, limit, own=True):
                yield f"only {audience.address}: {line.decode().rstrip() if private else '(private)'}"
        if isinstance(audience, Only):
            continue
        without = isinstance(audience, InRoomBy) and audience.address in roster
        recipients = f"everyone but {audience.address}" if isinstance(audience, InRoomBy) and without else "everyone"
        for line in render(event, limit) if len(roster) > without else ():
            yield f"{recipients}: {line.decode().rstrip()}"
