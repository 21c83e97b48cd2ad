"""The table of commands has every command of every family."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import peer
from tests.room import NAMES
from udpchat.domain import commands
from udpchat.domain.commands import COMMANDS, FAMILIES, MESSAGES
from udpchat.domain.commands.history import parse_history
from udpchat.domain.commands.secrecy import PUBLIC_WORDS
from udpchat.domain.commands.spec import Command, Family, each_once
from udpchat.domain.grammar import GRAMMAR, HINTS_SINCE, ROOMS_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.obey import UnknownCommand
from udpchat.domain.machine.snapshot import snapshot
from udpchat.domain.rejection import Rejected
from udpchat.domain.rooms.audience import Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.state import ChatState


def test_every_family_is_in_the_table() -> None:
    """Each module that declares a family is listed, so none of its commands is unknown."""
    modules = [import_module(f"{commands.__name__}.{module.name}") for module in iter_modules(commands.__path__)]
    declared = [module.FAMILY for module in modules if hasattr(module, "FAMILY")]
    assert len(declared) == len(FAMILIES)
    assert all(family in FAMILIES for family in declared)


def test_no_word_stands_twice() -> None:
    """No family hides a command, or a stored kind of message, of another."""
    commands = [COMMANDS["/help"], *(command for family in FAMILIES for command in family.commands)]
    assert len(COMMANDS) == sum(1 + len(command.aliases) for command in commands)
    assert len(MESSAGES) == sum(len(family.messages) for family in FAMILIES)


@pytest.mark.parametrize("word", COMMANDS)
def test_a_word_can_be_typed(word: str) -> None:
    """A word is a slash and small letters: a line is compared with it after its capitals became small."""
    command = COMMANDS[word]
    assert re.fullmatch("/[a-z]+" if word == command.word else r"/([a-z]+|\?)", word)
    assert word in {command.word, *command.aliases}


def test_each_command_once() -> None:
    """What goes through all commands meets those with aliases once, in the order of the table."""
    words = [command.word for command in each_once(COMMANDS)]
    assert len(set(words)) == len(words)
    assert set(words) == {command.word for command in COMMANDS.values()}


@pytest.mark.parametrize("command", [*each_once(COMMANDS)], ids=lambda command: command.word)
def test_examples(command: Command[object]) -> None:
    """A command that takes something has an example, which begins with its word and is understood."""
    assert command.example or command.usage == command.word
    if command.example:
        word, _, rest = command.example.partition(" ")
        assert word == command.word
        command.parse(f" {rest}" if rest else "")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.title)
def test_titles(family: Family) -> None:
    """A family with commands has a short title of its own, which /help shows beside them."""
    assert bool(family.title) or not family.commands
    assert len(family.title) <= 16
    assert [each.title for each in FAMILIES].count(family.title) == 1


@pytest.mark.parametrize(("alias", "word"), [("/?", "/help"), ("/exit", "/quit"), ("/Bye", "/quit")])
def test_an_alias_is_its_command(alias: str, word: str) -> None:
    """A member that types an alias gets what the word gives; before rooms it was an unknown command."""
    for version in range(1, GRAMMAR + 1):
        first, second = (Chat(ChatState(NAMES)) for _ in range(2))
        for chat in (first, second):
            chat.state.use_grammar(version)
            chat.handle(Input(0.0, 1, peer(port=1), ""))
        by_alias, by_word = (
            chat.handle(Input(1.0, 2, peer(port=1), typed)) for chat, typed in ((first, alias), (second, word))
        )
        if version < ROOMS_SINCE:
            assert by_alias == [(Only(peer(port=1)), UnknownCommand(alias, hints=version >= HINTS_SINCE))]
        else:
            assert by_alias == by_word
            assert snapshot(first.state) == snapshot(second.state)


def test_what_follows_an_alias_may_be_kept() -> None:
    """An alias is as public as its command."""
    assert {word for word in COMMANDS if word not in PUBLIC_WORDS} == {
        word for command in COMMANDS.values() if command.secret for word in (command.word, *command.aliases)
    }


@pytest.mark.parametrize("word", COMMANDS)
def test_what_a_command_is_read_as_is_a_value(word: str) -> None:
    """The same words give equal commands, which do not change."""
    command = COMMANDS[word]
    rest = command.example.removeprefix(command.word) if command.example else " 7"
    read, again = (_read(command.parse, rest) for _ in range(2))
    assert read is not None
    assert read == again
    assert hash(read) == hash(again)


@pytest.mark.parametrize("word", ["/list", "/quit", "/enter", "/missed"])
def test_a_command_without_a_version_is_as_old_as_the_grammar(word: str) -> None:
    """It is known in every journal, and always meant the same."""
    assert (COMMANDS[word].since, COMMANDS[word].changed) == (1, 1)


ARGUMENTS = ("x", "abcdef", "7", "10m", "1 hour", "2 lines")
LEFT_OVER = st.text(st.characters(categories=["L", "Nd", "P"]), min_size=1, max_size=8).filter(
    lambda word: not _understood(f" 7 {word}")
)


def _understood(rest: str) -> bool:
    """Say whether some command that takes an amount takes this."""
    return _read(parse_history, rest) is not None


def _read(parse: Callable[[str], object], rest: str) -> object:
    """Return what a parser makes of an argument, None if it refuses it."""
    try:
        return parse(rest)
    except Rejected:
        return None


@pytest.mark.parametrize("word", COMMANDS)
@given(st.sampled_from(ARGUMENTS), LEFT_OVER)
def test_no_argument_is_used_in_half(word: str, argument: str, more: str) -> None:
    """A command ignores all that follows it, or refuses a word that it does not understand, or uses it."""
    parse = COMMANDS[word].parse
    alone, whole, longer = (_read(parse, rest) for rest in ("", f" {argument}", f" {argument} {more}"))
    assert longer is None or longer == alone == whole or longer != whole
