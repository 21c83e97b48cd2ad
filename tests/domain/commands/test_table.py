"""The table of commands has every command of every family."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udpchat.domain import commands
from udpchat.domain.commands import COMMANDS, FAMILIES, MESSAGES
from udpchat.domain.commands.history import parse_history
from udpchat.domain.rejection import Rejected


def test_every_family_is_in_the_table() -> None:
    """Each module that declares a family is listed, so none of its commands is unknown."""
    modules = [import_module(f"{commands.__name__}.{module.name}") for module in iter_modules(commands.__path__)]
    declared = [module.FAMILY for module in modules if hasattr(module, "FAMILY")]
    assert len(declared) == len(FAMILIES)
    assert all(family in FAMILIES for family in declared)


def test_no_word_stands_twice() -> None:
    """No family hides a command, or a stored kind of message, of another."""
    assert len(COMMANDS) == sum(len(family.commands) for family in FAMILIES) + 1  # /help is of no family
    assert len(MESSAGES) == sum(len(family.messages) for family in FAMILIES)


@pytest.mark.parametrize("word", COMMANDS)
def test_a_word_can_be_typed(word: str) -> None:
    """A word is a slash and small letters: a line is compared with it after its capitals became small."""
    assert re.fullmatch("/[a-z]+", word)
    assert COMMANDS[word].word == word


@pytest.mark.parametrize("word", COMMANDS)
def test_what_a_command_is_read_as_is_a_value(word: str) -> None:
    """The same words give equal commands, which do not change."""
    read, again = (_read(COMMANDS[word].parse, " 7") for _ in range(2))
    assert read is not None
    assert read == again
    assert hash(read) == hash(again)


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
