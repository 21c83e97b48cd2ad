"""What the tools hide unless `--private` is given: text that only one client typed or received.

Only this module of the tools knows commands, audiences and events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.operators import FAMILY
from udpchat.domain.commands.privacy import without_private_words
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.audience import InRoom, InRoomBy, Notify, Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.rooms import LOBBY
from udpchat.domain.text.clean import clean

PRIVATE = click.option("--private", is_flag=True, help="Also show text that only one client typed or received.")


def typed(line: str, *, private: bool) -> str:
    """Return a line as it is safe for a terminal. A private line is reduced to its command."""
    return clean(line) if private else _redacted(line) if _is_command(line) else clean(without_private_words(line))


def _is_command(line: str) -> bool:
    """Return whether a line is a command. Everyone in the room received any other, if it does not look private."""
    return line[:1] == "/" != line[1:2]


def _redacted(line: str) -> str:
    """Return the command of a line without its arguments. An unknown command may be mistyped text: it is hidden too."""
    word = line.split(maxsplit=1)[0]
    if is_act(line):
        return clean(line)
    known = word.lower() in COMMANDS
    return f"{word if known else '/'}{' ...' if line != word or not known else ''}"


def is_act(line: str) -> bool:
    """Return whether somebody tried to act by a right, or to be an operator. All of that is public, but its code."""
    command = COMMANDS.get(line.split(maxsplit=1)[0].lower()) if _is_command(line) else None
    return command is not None and (command.act is not None or command in FAMILY.commands)


def sent(chat: Chat, given: Input, *, private: bool) -> Iterator[str]:
    """Handle an input; yield each line that it leads to, with its recipients."""
    limit = chat.state.rules.max_datagram
    for audience, event in chat.handle(given):
        if isinstance(audience, InRoomBy | Only | Notify):
            for line in render(event, limit, own=not isinstance(audience, Notify)):
                yield f"only {audience.address}: {line.decode().rstrip() if private else '(private)'}"
        if isinstance(audience, InRoom | InRoomBy):
            yield from _shared(chat, audience, render(event, limit))


def _shared(chat: Chat, audience: InRoom | InRoomBy, lines: Iterable[bytes]) -> Iterator[str]:
    """Yield the lines for a room."""
    room = chat.state.rooms.by_name.get(audience.room)
    here = room.members if room else {}
    by = (audience.address,) if isinstance(audience, InRoomBy) else ()
    without = sorted(str(each) for each in {*audience.but, *by} if each in here)
    where = "everyone" if audience.room == LOBBY else f"everyone in {audience.room}"
    recipients = " ".join([where, *(["but", " ".join(without)] if without else [])])
    for line in lines if len(here) > len(without) else ():
        yield f"{recipients}: {line.decode().rstrip()}"
