"""What the tools hide unless `--private` is given: text that only one client typed or received.

Only this module of the tools knows commands, audiences and events.
"""

from __future__ import annotations

from collections.abc import Iterator

import click

from udpchat.domain.commands import grammar as command
from udpchat.domain.dialects import wording
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rejection import Rejected
from udpchat.domain.rooms.event import Audience, Everyone, EveryoneBut, Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.text import lines as text

PRIVATE = click.option("--private", is_flag=True, help="Also show text that only one client typed or received.")


def typed(line: str, *, private: bool) -> str:
    """Return a line as it is safe for a terminal. A private line is reduced to its command."""
    return text.clean(line) if private or _is_public(line) else _redacted(line)


def _is_public(line: str) -> bool:
    """Return whether everyone in the room received the line."""
    try:
        return isinstance(command.parse(line), command.Say | command.Join)
    except Rejected:
        return False


def _redacted(line: str) -> str:
    """Return the command of a line without its arguments. An unknown command may be mistyped text: it is hidden too."""
    word = line.split(maxsplit=1)[0]
    known = any(entry.usage.split()[0] == word.lower() for entry in command.TABLE)
    return f"{word if known else '/'}{' ...' if line != word or not known else ''}"


def sent(chat: Chat, given: Input, *, private: bool) -> Iterator[str]:
    """Handle an input; yield each sentence that it leads to, with its recipients."""
    for audience, event in chat.handle(given):
        if not chat.roster.recipients(audience):
            continue
        shown = private or not isinstance(audience, Only)
        for sentence in wording.sentences(event, chat.rules.max_datagram):
            yield f"{_recipients(audience)}: {sentence.decode().rstrip() if shown else '(private)'}"


def _recipients(audience: Audience) -> str:
    match audience:
        case Everyone():
            return "everyone"
        case EveryoneBut(address):
            return f"everyone but {address}"
        case Only(address):
            return f"only {address}"
