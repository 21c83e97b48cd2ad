"""Help, to the byte: `/help`."""

from __future__ import annotations

from tests.room import two_members
from tests.wire.example import Example
from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.help import HelpShown

SENTENCES = (
    Example(
        HelpShown(tuple((command.usage, command.does) for command in COMMANDS.values())),
        b"/nick NAME - change your nickname\n"
        b"/list - show who is here\n"
        b"/history [N, 10m, 2h, 3d] - show what was said before\n"
        b"/missed - show what was said while you were away\n"
        b"/quit - leave the chat\n"
        b"/enter CODE - join, where a code is asked for\n"
        b"/help - show these commands\n",
    ),
)


def test_help() -> None:
    """Help is one line for each command, and only the client that asks receives it."""
    _, one, two = two_members()
    one.say("/help\n")
    assert one.hears() == [
        "/nick NAME - change your nickname",
        "/list - show who is here",
        "/history [N, 10m, 2h, 3d] - show what was said before",
        "/missed - show what was said while you were away",
        "/quit - leave the chat",
        "/enter CODE - join, where a code is asked for",
        "/help - show these commands",
    ]
    assert two.gets() == []
