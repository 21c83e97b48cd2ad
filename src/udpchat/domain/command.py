"""The grammar: a line -> a command. One table, which also tells `/help` what there is."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from udpchat.domain.mistake import LineTooLong, Mistake, NicknameMissing, UnknownCommand
from udpchat.domain.text import Line


# Made for each line and never changed: to be frozen would treble what making it costs.
@attrs.define
class Say:
    """Say `text` to everyone."""

    text: str


@attrs.frozen
class Join:
    """Be here, without a word."""


@attrs.frozen
class Rename:
    """Be called `word` from now on, if that can be a nickname."""

    word: str


@attrs.frozen
class List:
    """Show who is here."""


@attrs.frozen
class Quit:
    """Leave the room."""


@attrs.frozen
class Help:
    """Show the commands."""


@attrs.frozen
class Enter:
    """Be here, and be told so. The code was looked at before: only `admission` knows what it should be."""


Command = Say | Join | Rename | List | Quit | Help | Enter


@attrs.frozen
class Entry:
    """One row: how it is typed, what it does, and how the rest of the line is read."""

    usage: str
    does: str
    parse: Callable[[str], Command]


def _rename(rest: str) -> Rename:
    words = rest.split(maxsplit=1)
    if not words:
        raise Mistake(NicknameMissing())
    return Rename(words[0])


TABLE = (
    Entry("/nick NAME", "change your nickname", _rename),
    Entry("/list", "show who is here", lambda _: List()),
    Entry("/quit", "leave the chat", lambda _: Quit()),
    Entry("/enter CODE", "join, where a code is asked for", lambda _: Enter()),
    Entry("/help", "show these commands", lambda _: Help()),
)
_ENTRIES = {entry.usage.split()[0]: entry for entry in TABLE}


def parse(line: Line) -> Command:
    """Return what a clean line asks for; a blank one is there to join.

    A line without a slash in front is said as it is, one with two is said without the first. A command word counts in
    any letter case; what follows a command that takes nothing is ignored. Raise `Mistake` for what
    cannot be done.
    """
    if isinstance(line, LineTooLong):
        raise Mistake(line)
    if line[:1] != "/":
        return Say(line) if line else Join()
    if line[:2] == "//":
        return Say(line[1:])
    word = line.split(maxsplit=1)[0]
    entry = _ENTRIES.get(word.lower())
    if entry is None:
        raise Mistake(UnknownCommand(word))
    return entry.parse(line[len(word) :])
