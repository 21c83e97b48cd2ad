"""Help, to the byte: `/help`."""

from __future__ import annotations

from tests.room import two_members
from tests.wire.example import Example
from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.help import HelpShown

LINES = (
    "/nick NAME - change your nickname",
    "/list - show who is here",
    "/history [N, 10m, 2h, 3d] - show what was said before",
    "/missed - show what was said while you were away",
    "/quit - leave the chat",
    "/enter CODE - join, where a code is asked for",
    "/help - show these commands",
)
SENTENCES = (
    Example(
        HelpShown(tuple((usage, does) for usage, _, does in (line.partition(" - ") for line in LINES))),
        "".join(f"{line}\n" for line in LINES).encode(),
    ),
)


def test_help() -> None:
    """Help is one line for each command, and only the client that asks receives it."""
    room, one, two = two_members()
    one.say("/help\n")
    shown = one.hears()
    assert shown == [
        f"{command.usage} - {command.does}" for command in COMMANDS.values() if command.since <= room.chat.state.grammar
    ]
    assert [line for line in shown if line in LINES] == list(LINES)
    assert two.gets() == []
