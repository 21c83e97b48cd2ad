"""Help, to the byte: `/help` and its hints, `/motd`."""

from __future__ import annotations

import attrs
import pytest

from tests.room import SERVER, Room, drawing, two_members
from tests.wire.example import Example
from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.help import (
    CommandExplained,
    CommandMeant,
    FamiliesShown,
    HelpShown,
    MotdShown,
    MotdShownOnJoin,
    NoMotd,
    NoSuchCommand,
    SeveralCommands,
)
from udpchat.domain.commands.spec import each_once
from udpchat.domain.grammar import GRAMMAR, HINTS_SINCE
from udpchat.domain.rooms.inputs import Rules

ROWS = (
    ("/nick NAME", "change your nickname"),
    ("/list", "show who is here"),
    ("/whoami", "show who you are"),
    ("/history [N, 10m, 2h, 3d]", "show what was said before"),
    ("/missed", "show what was said while you were away"),
    ("/quit", "leave the chat"),
    ("/enter CODE", "join, where a code is asked for"),
    ("/help", "show these commands"),
)  # of grammar 2
FAMILIES = (
    ("your name", ("/nick NAME",)),
    ("rooms", ("/join ROOM [KEY]", "/leave", "/rooms", "/topic [TEXT]", "/invite NICK", "/key KEY|off")),
    ("come and go", ("/quit", "/enter CODE")),
)
SCREEN = """\
 your name    /nick NAME
 rooms        /join ROOM [KEY]  /leave  /rooms  /topic [TEXT]  /invite NICK
              /key KEY|off
 come and go  /quit  /enter CODE
/help COMMAND shows what that command does, and an example
"""
SENTENCES = (
    Example(FamiliesShown(FAMILIES), SCREEN.encode()),
    Example(HelpShown(ROWS[:1]), b"/nick NAME - change your nickname\n"),
    Example(
        CommandExplained("/quit", "leave the chat", "", ("/exit", "/bye")),
        b"/quit - leave the chat\nyou can also type: /exit, /bye\n",
    ),
    Example(
        CommandExplained("/nick NAME", "change your nickname", "/nick client"),
        b"/nick NAME - change your nickname\nyou type, for example: /nick client\n",
    ),
    Example(NoSuchCommand("/nope"), b"error - there is no command /nope, try /help\n"),
    Example(SeveralCommands(), b"error - /help takes one command\n"),
    Example(MotdShown("be kind\nplease"), b"- be kind\n- please\n"),
    Example(MotdShownOnJoin("be kind"), b"- be kind\n"),
    Example(NoMotd(), b"showing message of the day: there is none\n"),
    Example(CommandMeant("/help"), b"to see the commands, type: /help\n"),
    Example(CommandMeant("/quit"), b"to leave, type: /quit\n"),
)
HINTS = {
    "help": "to see the commands, type: /help",
    "?": "to see the commands, type: /help",
    "exit": "to leave, type: /quit",
    "quit": "to leave, type: /quit",
}


def test_help_fits_on_one_screen() -> None:
    """Help has each command, in 24 lines of 79 columns at most, and only the client that asks receives it."""
    _, one, two = two_members()
    one.say("/help\n")
    shown = one.hears()
    assert len(shown) <= 24
    assert max(map(len, shown)) <= 79
    for command in each_once(COMMANDS):
        assert sum(f" {command.usage} " in f" {line} " for line in shown) == 1
    assert two.gets() == []


def test_a_long_table_is_shown_by_family(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than 20 commands stand behind the titles of their families, in as few lines as fit."""
    quit_ = COMMANDS["/quit"]
    for letter in "abcdefghijklmnopqrst":
        monkeypatch.setitem(COMMANDS, f"/x{letter}", attrs.evolve(quit_, usage=f"/x{letter} NAME", aliases=()))
    _, one, _ = two_members()
    one.say("/help")
    shown = one.hears()
    assert sum(line.startswith(" your name  ") for line in shown) == 1
    assert max(map(len, shown)) <= 79
    assert shown[-1] == "/help COMMAND shows what that command does, and an example"
    assert sum(line.count("/x") for line in shown) == 20


@pytest.mark.parametrize("line", ["/help", "/help nick", "/help two words"])
def test_help_before_rooms(line: str) -> None:
    """In grammar 2, /help had a line for each command, and what followed it was ignored."""
    room, one, two = two_members()
    room.chat.state.grammar = 2
    one.say(line)
    assert one.hears() == [f"{usage} - {does}" for usage, does in ROWS]
    assert two.gets() == []
    one.say("/?")
    assert one.hears()[0] == "error - unknown command /?, try /help"


@pytest.mark.parametrize("line", ["/help nick", "/help /nick", "/HELP  NICK ", "/? /Nick"])
def test_help_for_a_command(line: str) -> None:
    """What a command does, and an example, with the word in any case, with or without its slash."""
    _, one, two = two_members()
    one.say(line)
    assert one.hears() == ["/nick NAME - change your nickname", "you type, for example: /nick client"]
    assert two.gets() == []


@pytest.mark.parametrize("line", ["/help quit", "/help exit", "/help /bye"])
def test_help_for_an_alias(line: str) -> None:
    """An alias is explained as its command, whose help names the aliases."""
    _, one, _ = two_members()
    one.say(line)
    assert one.hears() == ["/quit - leave the chat", "you can also type: /exit, /bye"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/help nope", "error - there is no command /nope, try /help"),
        ("/help /Nope", "error - there is no command /Nope, try /help"),
        ("/help //", "error - there is no command //, try /help"),
        ("/help nick list", "error - /help takes one command"),
    ],
)
def test_help_for_something_else(line: str, answer: str) -> None:
    """A word that is no command is refused, and so are several words."""
    _, one, two = two_members()
    one.say(line)
    assert one.hears() == [answer]
    assert two.gets() == []


@pytest.mark.parametrize("word", ["/quit", "/exit", "/bye", "/Exit", " /bye now"])
def test_aliases_of_quit(word: str) -> None:
    """A client that types an alias leaves; a stranger whose first line is one disturbs nobody."""
    room, one, two = two_members()
    one.say(word)
    assert one.hears() == ["you have been disconnected."]
    assert two.hears() == ["TEDDC has disconnected."]
    three = room.client()
    three.say(word)
    assert three.hears() == ["you have been disconnected."]
    assert two.hears() == []


def test_motd() -> None:
    """A client that asks reads the message of the day, each line behind a dash, or that there is none."""
    room, one, two = two_members()
    one.say("/motd")
    assert one.hears() == ["showing message of the day: there is none"]
    room.hub.start(SERVER, Rules(motd="welcome to the workshop\nTyvem: be kind"))
    one.say("/motd please")
    assert one.gets() == [b"- welcome to the workshop\n- Tyvem: be kind\n"]
    assert two.gets() == []


def test_motd_on_join() -> None:
    """A newcomer reads it first, then what was said before, then the reply to its line; the others read only that."""
    room = Room(drawing("start", "TEDDC", "Tyvem"))
    room.hub.start(SERVER, Rules(motd="be kind", history_on_join=1))
    one, two = room.client(), room.client()
    one.say("hello, everybody")
    assert one.hears() == ["- be kind", "TEDDC: hello, everybody"]
    two.say("here I am, and it is a long line")
    assert two.hears() == [
        "- be kind",
        "[00:00] TEDDC: hello, everybody",
        "Tyvem: here I am, and it is a long line",
    ]
    two.say("again")
    assert two.hears() == ["Tyvem: again"]
    assert one.hears() == ["Tyvem: here I am, and it is a long line", "Tyvem: again"]


def test_a_stranger_that_quits_reads_no_motd() -> None:
    """A stranger whose first line is /quit receives the answer alone."""
    room = Room()
    room.hub.start(SERVER, Rules(motd="be kind"))
    one = room.client()
    one.say("/quit")
    assert one.hears() == ["you have been disconnected."]


def test_there_was_no_motd_before_rooms() -> None:
    """In grammar 2, nobody is shown a message of the day, and /motd is an unknown command."""
    room = Room()
    room.hub.start(SERVER, Rules(motd="be kind"))
    room.chat.state.grammar = 2
    one = room.client()
    one.say("/motd")
    assert one.hears() == ["error - unknown command /motd, try /help", "to say it, type: //motd"]


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


@pytest.mark.parametrize("grammar", [HINTS_SINCE, GRAMMAR])
@pytest.mark.parametrize("line", ["/list", "/nick x", "/help", "/nick"])
def test_whoever_has_used_a_command_needs_no_hint(line: str, grammar: int) -> None:
    """A member that has used a command before means the word as it is."""
    room, one, _ = two_members()
    room.chat.state.use_grammar(grammar)
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
