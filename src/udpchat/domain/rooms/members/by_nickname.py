"""The nickname in a command: how it is read, and which member it means."""

from __future__ import annotations

import attrs

from udpchat.domain.event import Sentence
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.members.roster import Roster


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
