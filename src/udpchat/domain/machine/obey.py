"""One line of a member -> its deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import cast

import attrs

from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.help import EXPERIENCED, Experienced, hint
from udpchat.domain.commands.history import show_on_entering
from udpchat.domain.commands.privacy import mistyped
from udpchat.domain.commands.talk import say
from udpchat.domain.event import Sentence
from udpchat.domain.grammar import HINTS_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.silence import Reach, check_silence
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.line import Line

_ORDER = attrgetter("order")  # of a room


@attrs.frozen
class UnknownCommand(Rejection):
    """A line whose first `word` starts with one slash and is not a command. `word` includes the slash.

    If `hints` is set, a second sentence tells how such a line is said.
    """

    word: str
    hints: bool = False

    def reason(self) -> Sentence:
        """Return the word, cut if it is long."""
        return Sentence(("unknown command ",), self.word, ", try /help")

    def sentences(self) -> Iterable[Sentence]:
        """Return the refusal, and the hint, in which the word is cut too."""
        hint_ = (Sentence(("to say it, type: /",), self.word, tail=""),) if self.hints else ()
        return (*super().sentences(), *hint_)


def obey(state: ChatState, member: Member, given: Input, line: Line) -> list[Delivery]:
    """Handle the clean line of an input.

    A line without a leading slash is said, unless it looks like a private one. A line with two leading slashes is said
    without the first one. A blank line does nothing. Command words are case-insensitive. A room whose grammar is of an
    earlier version reads lines as that version did.
    """
    if not isinstance(line, str):
        return [(Only(member.address), line)]
    if not line:
        return []
    if line[0] != "/" or line[:2] == "//":
        return _talk(state, member, line, given.at)
    word = line.split(maxsplit=1)[0]
    command = COMMANDS.get(typed := word.lower())
    if command is None or state.grammar < command.known_since[typed]:
        return [(Only(member.address), UnknownCommand(word, hints=state.grammar >= HINTS_SINCE))]
    parse = command.parse
    if command.parse_before and state.grammar < command.changed:
        parse = command.parse_before
    if state.grammar >= HINTS_SINCE:
        cast("Experienced", state.slices.by_word[EXPERIENCED]).members.add(member.address)  # a call would cost more
    place, rooms = member.place, member.place.rooms
    try:
        parsed = parse(line[len(word) :])
        if state.slices.watched or any(map(_ORDER, rooms)):  # nearly never; who is muted is watched
            check_silence(state, member, command.reach, given.at)
        deliveries = command.handle(state, member, parsed, given)
    except Rejected as rejected:
        return [(Only(member.address), rejected.why)]
    if place.rooms is not rooms and place.room not in rooms:
        deliveries += show_on_entering(state, member, given.at)
    return [*state.slices.speak(member), *deliveries] if command.speaks else deliveries


def _talk(state: ChatState, member: Member, line: str, at: float) -> list[Delivery]:
    """Handle a line that is no command."""
    if line[0] == "/":
        return _say(state, member, line[1:], at)
    if (refusal := mistyped(state, member, line)) is not None:
        return [(Only(member.address), refusal)]
    return _say(state, member, line, at) + hint(state, member, line)


def _say(state: ChatState, member: Member, text: str, at: float) -> list[Delivery]:
    """Say a line to the room, if the member may."""
    try:
        check_silence(state, member, Reach.SAYING, at)
    except Rejected as rejected:
        return [(Only(member.address), rejected.why)]
    return [*state.slices.speak(member), *say(state, member, text, at)]
