"""What follows the word of a command: arguments that several families take, and why one is refused."""

from __future__ import annotations

import re
from math import inf

import attrs

from udpchat.domain.event import Sentence
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.members.roster import Roster

MAX_REASON = 200  # characters: two or three rows of a terminal, and few enough to keep for each client

MAX_TIME = 36_500 * 86_400.0  # seconds: a hundred years

UNITS = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
}
"""The words for units of time that people type, with their seconds."""
_UNITS = UNITS | dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1)
_TIME = re.compile(r"([1-9][0-9]{0,5}) ?([a-z]+)")
_FOREVER = "forever"
_SWITCH = {"on": True, "off": False}


@attrs.frozen
class NicknameNeeded(Rejection):
    """A command that takes a nickname, without one or with more words."""

    command: str

    def reason(self) -> Sentence:
        """Return what the command takes."""
        return Sentence((f"{self.command} takes one nickname",))


@attrs.frozen
class PersonNeeded(Rejection):
    """A command that takes a nickname and more, without any."""

    command: str

    def reason(self) -> Sentence:
        """Return what the command takes."""
        return Sentence((f"{self.command} takes a nickname first",))


@attrs.frozen
class NotHere(Rejection):
    """A command names somebody who is not on the server, by this `word`."""

    word: str

    def reason(self) -> Sentence:
        """Return the word, cut if it is long."""
        return Sentence((), self.word, " is not here")


@attrs.frozen
class ReasonTooLong(Rejection):
    """A command with a reason that is too long."""

    command: str

    def reason(self) -> Sentence:
        """Return the limit."""
        return Sentence((f"a reason for {self.command} has at most {MAX_REASON} characters",))


@attrs.frozen
class NothingAfter(Rejection):
    """A command that takes a nickname and a time, with more behind them."""

    command: str

    def reason(self) -> Sentence:
        """Return what the command takes."""
        return Sentence((f"{self.command} takes a nickname and a time such as 1h",))


@attrs.frozen
class NothingToSay(Rejection):
    """A command that takes a text, without one."""

    command: str

    def reason(self) -> Sentence:
        """Return what the command takes."""
        return Sentence((f"{self.command} takes a text",))


@attrs.frozen
class SwitchUnclear(Rejection):
    """A command that takes `on` or `off`, with something else."""

    command: str

    def reason(self) -> Sentence:
        """Return what the command takes."""
        return Sentence((f"{self.command} takes on or off",))


def parse_nickname(command: str, rest: str) -> str:
    """Return the one word that follows a command. Raise `Rejected`."""
    words = rest.split(maxsplit=2)
    if len(words) != 1:
        raise Rejected(NicknameNeeded(command))
    return words[0]


def find_member(roster: Roster, word: str) -> Member:
    """Return the member that a client means by a word. Raise `Rejected`."""
    found = roster.find(word)
    if found is None:
        raise Rejected(NotHere(word))
    return found


def parse_reason(command: str, rest: str) -> str:
    """Read a reason, "" if there is none. Raise `Rejected`: half a reason could mean something else."""
    reason = rest.strip()
    if len(reason) > MAX_REASON:
        raise Rejected(ReasonTooLong(command))
    return reason


@attrs.define
class Words:
    """The words that follow the first argument of `command`; each method takes some of them away."""

    command: str
    words: list[str]

    def flag(self, word: str) -> bool:
        """Take a word away if it comes next, in any letter case; return whether it did."""
        if not self.words or self.words[0].lower() != word:
            return False
        del self.words[0]
        return True

    def time(self, default: float) -> float:
        """Take a time away if it comes next, and return its seconds, or the default.

        A time is `30s`, `10m`, `2 hours`, `7d` or `forever`, for which the result is inf. Any other word begins a
        reason.
        """
        if self.flag(_FOREVER):
            return inf
        for number in (2, 1):  # words
            match = _TIME.fullmatch(" ".join(self.words[:number]).lower())
            if match is not None and match[2] in _UNITS:
                del self.words[:number]
                return min(float(int(match[1]) * _UNITS[match[2]]), MAX_TIME)
        return default

    def reason(self) -> str:
        """Return the rest. Raise `Rejected` if it is too long."""
        return parse_reason(self.command, " ".join(self.words))


def parse_person(command: str, rest: str) -> tuple[str, Words]:
    """Return the word for somebody, and the words behind it. Raise `Rejected` if there is none."""
    words = rest.split()
    if not words:
        raise Rejected(PersonNeeded(command))
    return words[0], Words(command, words[1:])


def parse_switch(command: str, rest: str) -> bool:
    """Read `on` or `off`. Raise `Rejected`."""
    word = rest.strip().lower()
    if word not in _SWITCH:
        raise Rejected(SwitchUnclear(command))
    return _SWITCH[word]
