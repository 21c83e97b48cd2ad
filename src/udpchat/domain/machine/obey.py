"""One line of a member -> its deliveries."""

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
    """A line whose first `word` starts with one slash and is not a command. `word` includes the slash."""

    word: str

    def reason(self) -> Sentence:
        """Return the word, cut if it is long."""
        return Sentence(("unknown command ",), self.word, ", try /help")


def obey(state: ChatState, member: Member, line: Line, at: float) -> list[Delivery]:
    """Handle a clean line.

    A line without a leading slash is said. A line with two leading slashes is said without the first one. A blank line
    does nothing. Command words are case-insensitive.
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
