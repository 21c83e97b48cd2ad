"""The table of commands has every command of every family."""

from __future__ import annotations

import re
from importlib import import_module
from pkgutil import iter_modules

import pytest

from udpchat.domain import commands
from udpchat.domain.commands import COMMANDS, FAMILIES, MESSAGES


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
