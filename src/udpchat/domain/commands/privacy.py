"""What keeps private words private, besides the commands that say them.

A line that lacks the slash of `/msg`, or has another sign in its place, is not said in the room. What follows an
unknown command is not said either, and no journal has it (see `secrecy`). Logs have no private words at all.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from itertools import product

import attrs

from udpchat.domain.commands import COMMANDS
from udpchat.domain.event import Name, Sentence
from udpchat.domain.grammar import ROOMS_SINCE
from udpchat.domain.rejection import Rejection
from udpchat.domain.rooms.inputs import ControlInput, Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.requests import Numbered, Request
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.line import Line
from udpchat.domain.text.nickname import Nickname

_MSG = COMMANDS["/msg"]
_WORDS = frozenset(word.removeprefix("/") for word in (_MSG.word, *_MSG.aliases))
_LONGEST = max(map(len, _WORDS)) + len("x/")  # characters of a mistyped word
# A slash, signs that look like one, and those on its key on other keyboards (German, Japanese, Chinese) and beside it.
_SLASHES = "/\\\N{FRACTION SLASH}\N{DIVISION SLASH}.,-?7\N{KATAKANA MIDDLE DOT}\N{IDEOGRAPHIC COMMA}"
_FULL_WIDTH = {chr(point): chr(point + 0xFEE0) for point in range(0x21, 0x7F)}  # as keyboards of East Asia type ASCII
_MISTYPED = frozenset(
    (
        *_WORDS,
        *(f"{sign}{word}" for sign in _SLASHES for word in _WORDS),
        *(f"{word[0]}/{word[1:]}" for word in _WORDS if word[1:]),
    )
)


@attrs.frozen
class WriteMistyped(Rejection):
    """A line that looks like `/msg` without its slash, for somebody who is here."""

    nickname: Nickname

    def reason(self) -> Sentence:
        """Return how to say it to one person."""
        name = Name(self.nickname)
        return Sentence(("not sent, to write to ", name, " alone, type: /msg ", name, " TEXT"))

    def sentences(self) -> Iterable[Sentence]:
        """Return the refusal, and how to say it to all."""
        return (*super().sentences(), Sentence(("to say it to the room, put it in quotation marks",)))


def _beginnings() -> Iterator[str]:
    """Yield the first two characters of all lines for which `mistyped` has to be asked."""
    letters = {letter for word in _WORDS for letter in (word[0], word[0].upper())}
    for word in _WORDS:
        yield from map("".join, product(*((each.lower(), each.upper()) for each in f"{word} "[:2])))
    for sign, letter in product(_SLASHES, letters):
        yield from map("".join, product((sign, _FULL_WIDTH.get(sign, sign)), (letter, _FULL_WIDTH[letter])))
    yield from (f" {each}" for each in (" ", *letters, *_SLASHES))
    yield from (f"{each}/" for each in _FULL_WIDTH)


PERHAPS_MISTYPED = frozenset(_beginnings())  # a line that begins otherwise is said without a further look


def mistyped(state: ChatState, member: Member, line: str) -> WriteMistyped | None:
    """Return why a line without a slash is not said, if it was perhaps meant for somebody who is here."""
    match line.split(maxsplit=2):
        case [word, name, _] if state.grammar >= ROOMS_SINCE and _is_mistyped(word):
            reader = state.roster.find(name.strip(":,"))
            if reader is not None and reader.address != member.address:
                return WriteMistyped(reader.nickname)
    return None


def without_private_words(line: str) -> str:
    """Return a line as logs may have it: of private words, and what looks like them, its first word."""
    match line.split(maxsplit=1):
        case [word, _] if line[:2] != "//" and (_is_private(word) or _is_mistyped(word)):
            return f"{word} ..."
    return line


def _is_private(word: str) -> bool:
    """Return whether a word is that of a command with private words."""
    command = COMMANDS.get(word.lower())
    return command is not None and command.private


def loggable(given: Input) -> Line | ControlInput | Request:
    """Return the line of an input as logs may have it."""
    line = given.line
    if isinstance(line, Numbered) and isinstance(line.line, str):
        shown = without_private_words(line.line)
        return line if shown == line.line else attrs.evolve(line, line=shown)
    return without_private_words(line) if isinstance(line, str) else line


def _is_mistyped(word: str) -> bool:
    """Return whether the first word of a line is perhaps `/msg` or another word for it, mistyped by one character."""
    if len(word) > _LONGEST:
        return False
    typed = unicodedata.normalize("NFKC", word).lower()
    return typed in _MISTYPED or (typed[1:2] == "/" and typed[2:] in _WORDS)
