"""Who is in which room, who ignores whom, and who may read which text: a small model, fed by what the chat replies.

It knows neither audiences nor the outbox, so it says on its own whom a text is for. A restart goes back to a copy of
it, and follows the inputs after that again, as the chat does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import attrs

from tests.simulation.seen import Number, number_of
from udpchat.domain.address import Address
from udpchat.domain.cluster.directory import NodeDirectory
from udpchat.domain.commands.holding import Invited, PrivacyChanged
from udpchat.domain.commands.ignoring import Ignored, Unignored
from udpchat.domain.commands.private import PrivatelySaid
from udpchat.domain.event import Event
from udpchat.domain.rejection import Rejection
from udpchat.domain.rooms.audience import Delivery, InRoomBy, Notify, Only
from udpchat.domain.rooms.inputs import CONTROL_INPUTS, Input, Started
from udpchat.domain.rooms.moves import RoomEntered
from udpchat.domain.rooms.requests import Hello, Numbered
from udpchat.domain.rooms.rooms import LOBBY
from udpchat.domain.rooms.state import ChatState

PRIVATE_WORDS = frozenset(("/msg", "/m", "/tell", "/query", "/w", "/reply", "/r"))
MISTYPED_WORDS = frozenset(("msg", ".m", "m/sg"))  # as the simulation mistypes them


@attrs.frozen
class Text:
    """A numbered text that was said: by which `person`, in which `room` ("" is for one alone), and who may read it.

    `ignorers` would read it if they did not ignore the person.
    """

    person: int
    room: str
    readers: frozenset[Address]
    ignorers: frozenset[Address]


@attrs.define(eq=False)
class Model:
    """The model. Persons have numbers: whoever joins again is another one. `step` is set by the simulation.

    `private` are the rooms that are private, with the step since which they are. `guests` have been told the name of a
    room.
    """

    step: int = 0
    rooms: dict[Address, str] = attrs.field(factory=dict)  # of each member
    persons: dict[Address, int] = attrs.field(factory=dict)
    ignored: dict[Address, set[int]] = attrs.field(factory=dict)  # reader -> persons
    private: dict[str, int] = attrs.field(factory=dict)
    guests: set[tuple[str, Address]] = attrs.field(factory=set)
    texts: dict[Number, tuple[Text, ...]] = attrs.field(factory=dict)  # of a line that came twice, the last one last
    ids: set[tuple[int, int]] = attrs.field(factory=set)  # persons, and ids of their lines that counted
    _inside: dict[str, frozenset[Address]] = attrs.field(factory=dict)  # the members of each room
    _joined: int = 0

    def copy(self) -> Self:
        """Return a model that goes on by itself."""
        copied = {
            name: getattr(self, name).copy() for name in ("rooms", "persons", "private", "guests", "texts", "ids")
        }
        ignored = {reader: {*persons} for reader, persons in self.ignored.items()}
        return attrs.evolve(self, ignored=ignored, inside={**self._inside}, **copied)

    def follow(self, given: Input, deliveries: Iterable[Delivery], state: ChatState) -> Text | None:
        """Take note of what came of an input, after which the chat is in this state. Return the text that it said."""
        line, sender = given.line, given.sender
        if isinstance(line, Started) and line.takes_over:
            self._take_over(state.directory, line.takes_over, state.directory.node(sender))
        if isinstance(line, Hello):
            self._go_on(sender, state)
        if not isinstance(line, CONTROL_INPUTS) and sender not in self.rooms and sender in state.roster:
            self._joined += 1
            self.persons[sender] = self._joined
            self._enter(sender, LOBBY)
        replies = [
            event
            for audience, event in deliveries
            if isinstance(audience, Only | InRoomBy | Notify) and audience.address == sender
        ]
        for event in replies:
            self._look_at_reply(sender, event, state)
        if isinstance(line, CONTROL_INPUTS) or sender not in state.roster:
            for address in self.rooms.keys() - state.roster.members.keys():
                self._leave(address)
        typed = line.line if isinstance(line, Numbered) else line
        number = number_of(typed) if isinstance(typed, str) else None
        if sender not in self.rooms or number is None or not self._counts(sender, line):
            return None
        text = self._text(sender, str(typed), replies, state)
        self.texts[number] = (*(each for each in self.texts.get(number, ()) if each != text), text)
        return text

    def _counts(self, sender: Address, line: object) -> bool:
        """Return whether a line was not said before under the same id."""
        if not isinstance(line, Numbered) or line.id is None:
            return True
        known, said = len(self.ids), (self.persons[sender], line.id)
        self.ids.add(said)
        return len(self.ids) > known

    def ignorers(self, person: int) -> set[Address]:
        """Return who ignores a person."""
        return {reader for reader, persons in self.ignored.items() if person in persons}

    def is_hidden(self, name: str, address: Address) -> bool:
        """Return whether the name of a room must not be sent to an address: it is private, and was when this began."""
        return self.private.get(name, self.step) < self.step and (name, address) not in self.guests

    def _text(self, speaker: Address, line: str, replies: Iterable[Event], state: ChatState) -> Text:
        """Return the text that a line says, by what its speaker is shown of it."""
        room, readers = self.rooms[speaker], self._inside[self.rooms[speaker]]
        if self._is_private(speaker, line, state) or any(isinstance(each, Rejection) for each in replies):
            said = [each for each in replies if isinstance(each, PrivatelySaid)]
            found = (self._address(state, each.reader) for each in said)
            room, readers = "", frozenset((*filter(None, found), speaker) if said else ())
        ignorers = readers.intersection(self.ignorers(self.persons[speaker])) - {speaker}
        return Text(self.persons[speaker], room, readers - ignorers, ignorers)

    def _is_private(self, speaker: Address, line: str, state: ChatState) -> bool:
        """Return whether a line is for one person, or was meant for one who is here."""
        word, *rest = line.lower().split(maxsplit=2)
        reader = self._address(state, rest[0]) if word in MISTYPED_WORDS else None
        return word in PRIVATE_WORDS or reader not in {None, speaker}

    def _look_at_reply(self, sender: Address, event: Event, state: ChatState) -> None:
        match event:
            case RoomEntered():
                self._exit(sender)
                self._enter(sender, event.room)
            case Ignored() if (other := self._address(state, event.nickname)) is not None:
                self.ignored.setdefault(sender, set()).add(self.persons[other])
            case Unignored() if (other := self._address(state, event.nickname)) is not None:
                self.ignored.get(sender, set()).discard(self.persons[other])
            case PrivacyChanged(private=True):
                self.private.setdefault(self.rooms[sender], self.step)
            case PrivacyChanged(private=False):
                self.private.pop(self.rooms[sender], None)
            case Invited() if (guest := self._address(state, event.nickname)) is not None:
                self.guests.add((event.room, guest))

    def _address(self, state: ChatState, nickname: str) -> Address | None:
        member = state.roster.find(nickname)
        return member.address if member else None

    def _enter(self, address: Address, room: str) -> None:
        self.rooms[address] = room
        self._inside[room] = self._inside.get(room, frozenset()) | {address}

    def _exit(self, address: Address) -> None:
        room = self.rooms.pop(address)
        self._inside[room] -= {address}
        if not self._inside[room]:  # it ends, or is open again
            self.private.pop(room, None)

    def _leave(self, address: Address) -> None:
        self._exit(address)
        person = self.persons.pop(address)
        self.ignored.pop(address, None)
        for persons in self.ignored.values():
            persons.discard(person)

    def _take_over(self, directory: NodeDirectory, gone: str, node: str) -> None:
        """Give the clients of one node to another, where some of them may be already."""
        for old in [each for each in self.rooms if directory.node(each) == gone]:
            new = directory.moved(old, node)
            if new in self.rooms:
                self._leave(old)
            else:
                self._move(old, new)

    def _go_on(self, sender: Address, state: ChatState) -> None:
        """Let a program be where it shows its session, if it was elsewhere until now."""
        for old in self.rooms.keys() - state.roster.members.keys():
            if sender in self.rooms:
                self._leave(sender)
            self._move(old, sender)

    def _move(self, old: Address, new: Address) -> None:
        room, person, ignored = self.rooms[old], self.persons.pop(old), self.ignored.pop(old, set())
        private = self.private.get(room)
        self._exit(old)
        self._enter(new, room)
        self.persons[new], self.ignored[new] = person, ignored
        if private is not None:
            self.private[room] = private
