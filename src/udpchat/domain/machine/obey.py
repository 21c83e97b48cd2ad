"""One line of a member -> what it does."""

from __future__ import annotations

import attrs

from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.talk import say
from udpchat.domain.event import Sentence
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.roster import Member
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.line import Line


@attrs.frozen
class UnknownCommand(Rejection):
    """A line that starts with one slash and a `word` (slash included) that no family has."""

    word: str

    def reason(self) -> Sentence:
        """Return the word, cut if it is long."""
        return Sentence(("unknown command ",), self.word, ", try /help")


def obey(state: ChatState, member: Member, line: Line, at: float) -> list[Delivery]:
    """Do what a clean line asks for.

    A line without a slash in front is said as it is, one with two is said without the first, and a blank one says
    nothing. A command word counts in any letter case.
    """
    if not isinstance(line, str):
        return [(Only(member.address), line)]
    if line[:1] != "/":
        return say(state, member, line, at) if line else []
    if line[:2] == "//":
        return say(state, member, line[1:], at)
    word = line.split(maxsplit=1)[0]
    command = COMMANDS.get(word.lower())
    if command is None or command.since > state.grammar:
        return [(Only(member.address), UnknownCommand(word))]
    try:
        return command.handle(state, member, command.parse(line[len(word) :]), at)
    except Rejected as rejected:
        return [(Only(member.address), rejected.why)]
