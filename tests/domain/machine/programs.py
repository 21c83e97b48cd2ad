"""Programs for tests of the machine: what each receives of the deliveries, and how it goes on when it lost some."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import attrs

from tests.journals import CODEC, stored
from tests.room import NAMES
from udpchat.adapters.journal.programs import text_of
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.address import Address
from udpchat.domain.dialects.json.encoder import Numbers
from udpchat.domain.event import Event
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.rooms.audience import Delivery, InRoom, InRoomBy
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.inputs import ControlInput, Input, Rules, Started
from udpchat.domain.rooms.programs.answers import CaughtUp, Gap, Hidden, Resent
from udpchat.domain.rooms.requests import Hello, Places, Request, Since
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.line import Line

SERVER = MemoryAddress("10.0.0.1", 9)
BOT, OTHER, ELSEWHERE, TEXT = (MemoryAddress("10.0.0.1", number) for number in (1, 2, 3, 4))
LOBBY = Places((("lobby", 0),), 0)


@attrs.frozen
class Told:
    """One object that a program is sent: an event of a room, or one of its own, or an answer. None is for hidden."""

    event: Event | None
    room: str = ""
    seq: int = 0
    own: int = 0
    at: float = 0.0

    @property
    def text(self) -> str:
        """The object without what tells when it happened, which is the same if it is sent again."""
        if self.event is None:
            return "hidden"
        return text_of(self.event, Numbers(self.room, self.seq, self.own, at=self.at))


@attrs.define(eq=False)
class Talk:
    """A chat and all inputs that it was given. Time passes by a second with each."""

    rules: Rules = attrs.field(factory=Rules)
    inputs: list[Input] = attrs.field(factory=list)
    chat: Chat = attrs.field(init=False)
    events: dict[tuple[str, int], str] = attrs.field(factory=dict)  # what each room was told, by its number
    _numbers: Iterator[int] = attrs.field(factory=lambda: count(1))

    def __attrs_post_init__(self) -> None:
        self.chat = Chat(ChatState(NAMES))
        self.give(SERVER, Started(self.rules, grammar=GRAMMAR))

    @property
    def state(self) -> ChatState:
        """The state of the chat."""
        return self.chat.state

    def give(self, sender: Address, line: Line | ControlInput | Request, after: float = 1.0) -> list[Delivery]:
        """Handle an input that comes so many seconds after the last one."""
        at = (self.inputs[-1].at if self.inputs else 100.0) + after
        given = Input(at, next(self._numbers), sender, line)
        self.inputs.append(given)
        return self.chat.handle(given)

    def tell(
        self, sender: Address, line: Line | ControlInput | Request, after: float = 1.0
    ) -> dict[Address, list[Told]]:
        """Do the same; return what each program is sent of it."""
        deliveries = self.give(sender, line, after)
        found: dict[Address, list[Told]] = {}
        for audience, event in deliveries:
            for address, told in self._sent(audience, event):
                found.setdefault(address, []).append(told)
        return found

    def _sent(self, audience: object, event: Event) -> Iterator[tuple[Address, Told]]:
        """Yield what each program is sent of a delivery, as the outbox does it."""
        at = self.inputs[-1].at
        members = self.state.roster.members
        if isinstance(audience, InRoom | InRoomBy):
            room = self.state.rooms.by_name.get(audience.room)
            if room is None or room.told is None:
                return
            seq = audience.seq or room.seq  # a row of one line
            self._note(audience.room, seq, Told(event, audience.room, seq, at=at).text)
            for address in room.programs:
                if not members[address].place.look.lost:
                    yield address, Told(None if address in audience.hidden else event, room.name, seq, at=at)
            return
        address = audience.address  # type: ignore[attr-defined]
        member = members.get(address)
        if not audience.json or (member is not None and member.place.look.lost):  # type: ignore[attr-defined]
            return
        if isinstance(event, CaughtUp):
            for item in event.items:
                yield address, told_of(item)
            return
        yield address, Told(event, own=getattr(audience, "own", 0), at=at)

    def _note(self, room: str, seq: int, text: str) -> None:
        assert (room, seq) not in self.events, f"{room} was told two events with number {seq}"
        self.events[room, seq] = text

    def start_again(self) -> None:
        """Go on from what a journal stores."""
        before, document = stored(self.chat.state), CODEC.document(snapshot(self.chat.state))
        self.chat = Chat(ChatState(NAMES))
        restore(self.chat.state, CODEC.state(document))
        assert stored(self.chat.state) == before


def told_of(item: Resent | Gap | Hidden) -> Told:
    """Return one object of an answer to `since`."""
    match item:
        case Hidden(room, seq):
            return Told(None, room, seq)
        case Gap():
            return Told(item)
        case Resent(event, room, seq, own, at):
            return Told(event, room, seq, own, at)


def kinds(told: Iterable[Told]) -> list[str]:
    """Return the names of the classes of events."""
    return [each.event.__class__.__name__ if each.event is not None else "Hidden" for each in told]


def said(told: Iterable[Told]) -> list[str]:
    """Return the texts of the messages among some events."""
    return [each.event.text for each in told if isinstance(each.event, Message)]


def port(number: int) -> MemoryAddress:
    """Return a client."""
    return MemoryAddress("10.0.0.1", number)


def hello(nick: str = "", shows: str = "", following: str = "s1") -> Hello:
    """Return what a program sends first."""
    return Hello(nick, shows, next_session=following)


def events(talk: Talk, sender: MemoryAddress, line: Any, reader: MemoryAddress | None = None) -> list[Any]:
    """Give an input; return the events that a program is sent, by default the one that sent it."""
    return [each.event for each in talk.tell(sender, line).get(reader or sender, [])]


def talk_with_bot(**rules: Any) -> Talk:
    """Return a chat in which a program is, by the name of bot, and somebody with text."""
    talk = Talk(Rules(**rules))
    talk.give(TEXT, "")
    talk.give(BOT, hello("bot"))
    return talk


def caught_up(talk: Talk, places: Places, sender: MemoryAddress = BOT) -> list[Told]:
    """Return what a program is sent that asks for what came after some places."""
    return talk.tell(sender, Since(places)).get(sender, [])
