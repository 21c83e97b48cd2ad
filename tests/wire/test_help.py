"""Help, to the byte: `/help`."""

from __future__ import annotations

import pytest

from tests.room import two_members
from tests.wire.example import Example
from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.help import CommandMeant, HelpShown
from udpchat.domain.commands.spec import each_once

LINES = (
    "/nick NAME - change your nickname",
    "/list - show who is here",
    "/whoami - show who you are",
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
    Example(CommandMeant("/help"), b"to see the commands, type: /help\n"),
    Example(CommandMeant("/quit"), b"to leave, type: /quit\n"),
)
HINTS = {
    "help": "to see the commands, type: /help",
    "?": "to see the commands, type: /help",
    "exit": "to leave, type: /quit",
    "quit": "to leave, type: /quit",
}


def test_help() -> None:
    """Help is one line for each command, and only the client that asks receives it."""
    room, one, two = two_members()
    one.say("/help\n")
    shown = one.hears()
    assert shown == [
        f"{command.usage} - {command.does}"
        for command in each_once(COMMANDS)
        if command.since <= room.chat.state.grammar
    ]
    assert [line for line in shown if line in LINES] == list(LINES)
    assert two.gets() == []


@pytest.mark.parametrize("word", [*HINTS, "HELP", "Quit"])
def test_a_word_of_other_programs(word: str) -> None:
    """A word that is a command elsewhere is said, and its sender alone reads what to type here, once."""
    _, one, two = two_members()
    one.say(f"{word}\n")
    assert one.hears() == [f"TEDDC: {word}", HINTS[word.lower()]]
    one.say("quit")
    assert one.hears() == ["TEDDC: quit"]
    assert two.hears() == [f"TEDDC: {word}", "TEDDC: quit"]


def test_the_first_line_of_a_stranger_is_such_a_word() -> None:
    """A stranger that begins with it reads the hint too; after it left, the next client there is new again."""
    room, _, _ = two_members()
    three = room.client()
    for _ in range(2):
        three.say("help")
        assert three.hears()[1:] == ["to see the commands, type: /help"]
        three.say("/quit")
        three.hears()


@pytest.mark.parametrize("line", ["/list", "/nick x", "/help", "/nick"])
def test_whoever_has_used_a_command_needs_no_hint(line: str) -> None:
    """A member that has used a command before means the word as it is."""
    _, one, _ = two_members()
    one.say(line)
    one.hears()
    one.say("help")
    assert [said.partition(": ")[2] for said in one.hears()] == ["help"]


@pytest.mark.parametrize("line", ["help me", "quit it", "??", "//quit", "to exit"])
def test_such_a_word_in_a_line_is_no_question(line: str) -> None:
    """A line with anything else in it is said without a hint."""
    _, one, _ = two_members()
    one.say(line)
    assert one.hears() == [f"TEDDC: {line.replace('//', '/')}"]
