"""Coming and going: `/quit`, `/enter`, and whoever leaves without a word."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.commands.spec import Command, Family, Secret, alone
from udpchat.domain.event import Event, Name, Sentence
from udpchat.domain.grammar import GREETINGS_SINCE, ROOMS_SINCE
from udpchat.domain.rejection import Rejection
from udpchat.domain.rooms.audience import Delivery, InRoom, Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.room import to_rooms
from udpchat.domain.rooms.silence import Reach
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.line import Line
from udpchat.domain.text.nickname import Nickname

JUDGED = "proof"  # the word by which the intake knows that a code may prove an address


@attrs.frozen
class Quit:
    """`/quit`: leave the room."""


@attrs.frozen
class Enter:
    """`/enter CODE`: be in the room. The gate has looked at the code before; only the gate knows what it should be."""


@attrs.frozen
class Left(Event):
    """A member left the room."""

    nickname: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return what the others read."""
        return (Sentence((Name(self.nickname), " has disconnected.")),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the member reads."""
        return (Sentence(("you have been disconnected.",)),)


@attrs.frozen
class Joined(Event):
    """A client joined, which the others read if the operator wants it."""

    nickname: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence((Name(self.nickname), " has connected.")),)


@attrs.frozen
class Greeted(Event):
    """A client joined and said nothing."""

    nickname: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return who it is, and how to go on."""
        return (Sentence(("you are ", Name(self.nickname), ", type /help for what you can do")),)


@attrs.frozen
class SentNothing(Event):
    """A member leaves because it sent nothing for the whole idle timeout, of so many seconds."""

    seconds: int

    def sentences(self) -> Iterable[Sentence]:
        """Return why the member is disconnected."""
        return (Sentence((f"you sent nothing for {self.seconds} seconds, the idle timeout",)),)


@attrs.frozen
class Entered(Event):
    """A client asked to enter, and is in the room. In grammar 1 it did not read what happened to its lines."""

    nickname: Nickname
    grammar: int = GREETINGS_SINCE

    def sentences(self) -> Iterable[Sentence]:
        """Return who it is. Only the gate knows whether it asked for a code, and for what line."""
        rest = (", lines before the code were not sent",) if self.grammar >= GREETINGS_SINCE else ()
        return (Sentence(("you are in the room as ", Name(self.nickname), *rest)),)


@attrs.frozen
class InAlready(Event):
    """A member asked to enter."""

    nickname: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence(("you are in the room already, as ", Name(self.nickname))),)


@attrs.frozen
class MadeRoom(Rejection):
    """A member has to leave because the room is full, and it has said nothing."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("the room is full, and somebody else needs your place",))


def leave(state: ChatState, member: Member, at: float, received: int | None = None) -> list[Delivery]:
    """Remove a member. It received all messages so far, or the first `received`. It and its rooms are notified."""
    rooms = member.place.rooms
    state.remove(member, at)
    state.reception.leave(member.address, received)
    return to_rooms(rooms, member.address, Left(member.nickname))


def quit_room(state: ChatState, member: Member, _: Quit, given: Input) -> list[Delivery]:
    """Leave at one's own wish."""
    return leave(state, member, given.at)


def enter(state: ChatState, member: Member, _: Enter, __: Input) -> list[Delivery]:
    """Confirm that the member is in the room."""
    if state.grammar < GREETINGS_SINCE:
        return [(Only(member.address), Entered(member.nickname, state.grammar))]
    return [(Only(member.address), InAlready(member.nickname))]


def announce(state: ChatState, member: Member) -> list[Delivery]:
    """Notify the others in the lobby of a newcomer, if the rules say so.

    It costs nobody anything, and is bounded all the same. A newcomer has paid for the line with which it joins, and
    the gate lets in at most `join_rate` and `code_rate` strangers a second: far fewer than the lines that all clients
    may say. To join again, a client must leave, and whoever quits pays for those who are notified.
    """
    if state.grammar < ROOMS_SINCE or not state.rules.announce_joins:
        return []
    return [(InRoom(state.rooms.lobby.name, frozenset((member.address,))), Joined(member.nickname))]


def welcome(state: ChatState, member: Member, line: Line) -> list[Delivery] | None:
    """Return what a newcomer receives whose first line says nothing or is /enter, or None for any other line."""
    if state.grammar < GREETINGS_SINCE or not isinstance(line, str):
        return None
    if not line:
        return [(Only(member.address), Greeted(member.nickname))]
    if line.split(maxsplit=1)[0].lower() == ENTER.word:
        return [(Only(member.address), Entered(member.nickname))]
    return None


ENTER = Command(
    "/enter CODE",
    "join, where a code is asked for",
    alone(Enter),
    enter,
    secret=Secret(judged=JUDGED),
    example="/enter k7f3qz",
)
QUIT = Command(
    "/quit",
    "leave the chat",
    alone(Quit),
    quit_room,
    announced=True,
    reaches=Reach.LEAVING,
    aliases=("/exit", "/bye"),
    aliases_since=ROOMS_SINCE,
)
FAMILY = Family((QUIT, ENTER), title="come and go")
