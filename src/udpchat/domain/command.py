"""The grammar: a line -> a command. One table, which also tells `/help` what there is."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from udpchat.domain import nickname
from udpchat.domain.mistake import Mistake, NicknameMissing, UnknownCommand
from udpchat.domain.nickname import Nickname


@attrs.frozen
class Say:
    """Say `text` to everyone."""

    text: str


@attrs.frozen
class Rename:
    """Be called `nickname` from now on."""

    nickname: Nickname


@attrs.frozen
class List:
    """Show who is here."""


@attrs.frozen
class Quit:
    """Leave the room."""


@attrs.frozen
class Help:
    """Show the commands."""


Command = Say | Rename | List | Quit | Help


@attrs.frozen
class Entry:
    """One row: the `word`, its argument's name or "", what it `does`, and how the rest of the line is read."""

    word: str
    argument: str
    does: str
    parse: Callable[[str], Command]


def _rename(rest: str) -> Rename:
    words = rest.split(maxsplit=1)
    if not words:
        raise Mistake(NicknameMissing())
    return Rename(nickname.parse(words[0]))


TABLE = (
    Entry("/nick", "NAME", "change your nickname", _rename),
    Entry("/list", "", "show who is here", lambda _: List()),
    Entry("/quit", "", "leave the chat", lambda _: Quit()),
    Entry("/help", "", "show these commands", lambda _: Help()),
)
_ENTRIES = {entry.word: entry for entry in TABLE}


def parse(line: str) -> Command:
    """Return what a clean line with something in it asks for.

    A line without a slash in front is said as it is, one with two is said without the first. A command word counts in
    any letter case; what follows a command that takes nothing is ignored. Raise `Mistake` (`UnknownCommand`,
    `NicknameMissing`, `NicknameUnfit`) for what cannot be done.
    """
    if not line.startswith("/"):
        return Say(line)
    if line.startswith("//"):
        return Say(line[1:])
    word = line.split(maxsplit=1)[0]
    entry = _ENTRIES.get(word.lower())
    if entry is None:
        raise Mistake(UnknownCommand(word))
    return entry.parse(line[len(word) :])
