"""What follows the word of a command: arguments that several families take, and why one is refused."""

from __future__ import annotations

import attrs

from udpchat.domain.event import Part, Sentence
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.members.roster import Roster

MAX_REASON = 200  # characters: two or three rows of a terminal, and few enough to keep for each client

_SWITCH = {"on": True, "off": False}


@attrs.frozen
class NicknameNeeded(Rejection):
    """A command that takes a nickname, without one or with more words."""

    command: str

    def reason(self) -> Sentence:
        """Return what the command takes."""
        return Sentence((f"{self.command} takes one nickname",))


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


def with_reason(head: tuple[Part, ...], reason: str) -> Sentence:
    """Return a sentence that ends with the reason, if there is one."""
    return Sentence((*head, ": "), reason) if reason else Sentence(head)


def parse_switch(command: str, rest: str) -> bool:
    """Read `on` or `off`. Raise `Rejected`."""
    word = rest.strip().lower()
    if word not in _SWITCH:
        raise Rejected(SwitchUnclear(command))
    return _SWITCH[word]
