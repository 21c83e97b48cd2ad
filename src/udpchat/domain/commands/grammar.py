"""The grammar: a line -> a command. One table, which also tells `/help` what there is."""

from __future__ import annotations

import re
from collections.abc import Callable

import attrs

from udpchat.domain.rejection import LineTooLong, NicknameMissing, RecallUnclear, Rejected, UnknownCommand
from udpchat.domain.text.lines import Line


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
class Recall:
    """Show the last `lines` that were said, or what was said in the last `seconds`."""

    lines: int = 20
    seconds: int = 0


@attrs.frozen
class Catch:
    """Show what was said while one was away."""


@attrs.frozen
class Quit:
    """Leave the room."""


@attrs.frozen
class Help:
    """Show the commands."""


@attrs.frozen
class Enter:
    """Be here, and be told so. The code was looked at before: only `admission` knows what it should be."""


_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
_AMOUNT = re.compile(r"([0-9]{1,6})([mhd]?)")

Command = Say | Join | Rename | List | Recall | Catch | Quit | Help | Enter


@attrs.frozen
class Entry:
    """One row: how it is typed, what it does, and how the rest of the line is read."""

    usage: str
    does: str
    parse: Callable[[str], Command]


def _rename(rest: str) -> Rename:
    words = rest.split(maxsplit=1)
    if not words:
        raise Rejected(NicknameMissing())
    return Rename(words[0])


def _recall(rest: str) -> Recall:
    words = rest.split(maxsplit=1)
    if not words:
        return Recall()
    match = _AMOUNT.fullmatch(words[0].lower())
    if match is None or not int(match[1]):
        raise Rejected(RecallUnclear())
    if match[2]:
        return Recall(0, int(match[1]) * _SECONDS[match[2]])
    return Recall(int(match[1]))


TABLE = (
    Entry("/nick NAME", "change your nickname", _rename),
    Entry("/list", "show who is here", lambda _: List()),
    Entry("/history [N, 10m, 2h, 3d]", "show what was said before", _recall),
    Entry("/missed", "show what was said while you were away", lambda _: Catch()),
    Entry("/quit", "leave the chat", lambda _: Quit()),
    Entry("/enter CODE", "join, where a code is asked for", lambda _: Enter()),
    Entry("/help", "show these commands", lambda _: Help()),
)
_ENTRIES = {entry.usage.split()[0]: entry for entry in TABLE}


def parse(line: Line) -> Command:
    """Return what a clean line asks for; a blank one is there to join.

    A line without a slash in front is said as it is, one with two is said without the first. A command word counts in
    any letter case; what follows a command that takes nothing is ignored. Raise `Rejected` for what
    cannot be done.
    """
    if isinstance(line, LineTooLong):
        raise Rejected(line)
    if line[:1] != "/":
        return Say(line) if line else Join()
    if line[:2] == "//":
        return Say(line[1:])
    word = line.split(maxsplit=1)[0]
    entry = _ENTRIES.get(word.lower())
    if entry is None:
        raise Rejected(UnknownCommand(word))
    return entry.parse(line[len(word) :])
