"""What rooms and programs are told, as the one reader of the log that is always up to date finds it, by its number.

It counts by itself, so that it does not rely on the numbers that the chat gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from tests.simulation.model import Text
from tests.simulation.seen import number_of
from tests.simulation.world import check
from udpchat.domain.address import Address
from udpchat.domain.commands.presence import Left
from udpchat.domain.dialects.json.encoder import Encoder, Numbers
from udpchat.domain.event import Event
from udpchat.domain.rooms.audience import Delivery, InRoom, InRoomBy, Notify
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.roster import Roster
from udpchat.domain.rooms.programs.answers import Hidden
from udpchat.domain.rooms.requests import Numbered
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.state import ChatState

ENCODER = Encoder(1400)
MARK = "@"  # before a nickname, in the place of a room: no room has such a name


@attrs.define(eq=False)
class Told:
    """One event by the fact `index`: its numbers, the programs that may have it, and those that get its number alone.

    Programs are known by their nicknames, which they never change.
    """

    index: int
    event: Event
    numbers: Numbers
    readers: frozenset[str]
    hidden: frozenset[str] = frozenset()
    _records: list[bytes] | None = attrs.field(default=None, init=False)

    def records(self, reader: str) -> Sequence[bytes]:
        """Return what a program is sent of it."""
        if reader in self.hidden:
            return ENCODER.encode(Hidden(self.numbers.room, self.numbers.seq))
        if self._records is None:
            self._records = ENCODER.encode(self.event, self.numbers)
        return self._records


@attrs.define(eq=False)
class Annals:
    """All that was told, by place and number. A place is a room, or that of `own_of`.

    A room that is made again has higher numbers. `names` has the program at each `HOST:PORT`, `programs` the nicknames
    of all.
    """

    programs: frozenset[str] = frozenset()
    names: dict[str, str] = attrs.field(factory=dict)
    told: dict[str, dict[int, Told]] = attrs.field(factory=dict)
    by_fact: dict[int, list[Told]] = attrs.field(factory=dict)
    said: dict[str, tuple[str, int]] = attrs.field(factory=dict)  # numbered texts of programs -> where they are
    entered: dict[tuple[str, str], int] = attrs.field(factory=dict)  # nickname and room -> number before it came in
    _inside: dict[str, frozenset[str]] = attrs.field(factory=dict)  # the programs in each room
    _last: dict[str, tuple[Room, int]] = attrs.field(factory=dict)  # the room of each name, and its last number

    def follow(
        self, index: int, given: Input, deliveries: Sequence[Delivery], state: ChatState, text: Text | None
    ) -> None:
        """Take note of what an input caused, perhaps by the text that it said, and check the numbers."""
        in_rooms, rooms = dict[str, list[tuple[InRoom | InRoomBy, Event]]](), state.rooms.by_name
        for audience, event in deliveries:
            check(not isinstance(event, Left) or event.nickname not in self.programs, "noticed", event)
            if isinstance(audience, InRoom | InRoomBy) and audience.room in rooms:
                in_rooms.setdefault(audience.room, []).append((audience, event))
            elif isinstance(audience, Notify) and audience.own:
                self._take_own(index, given, audience, event, state.roster)
        for name, room in rooms.items():
            events = in_rooms.get(name, [])
            before, last = self._last.get(name, (None, 0))
            first = last + 1 if before is room else room.seq - len(events) + 1
            check(first > last and first + len(events) == room.seq + 1, "numbers", name, last, first, room.seq)
            self._last[name] = room, room.seq
            readers = _names(state, room.programs)
            self.entered.update(((nick, name), first - 1) for nick in readers - self._inside.get(name, frozenset()))
            for number, (audience, event) in enumerate(events, first):
                check(audience.seq in {0, number}, "numbers", name, audience.seq, number)
                hidden = _names(state, audience.hidden)
                if isinstance(given.line, Numbered) and isinstance(event, Message) and number_of(event.text):
                    check(event.text not in self.said, "twice", event.text, name, number, self.said.get(event.text))
                    self.said[event.text] = name, number
                if text is not None and isinstance(event, Message):
                    check(hidden == readers & _names(state, text.ignorers), "ignored", name, number, *hidden)
                self._note(name, number, Told(index, event, Numbers(name, number, at=given.at), readers, hidden))
        self._inside = {name: _names(state, room.programs) for name, room in rooms.items()}
        here = _names(state, state.sessions.by_address)
        check(here <= self.programs, "noticed", "somebody came in by what was late", *here - self.programs)

    def _take_own(self, index: int, given: Input, audience: Notify, event: Event, roster: Roster) -> None:
        """Take note of what concerns one program alone."""
        nick = roster.members[audience.address].nickname
        number = len(self.told.get(own_of(nick), ())) + 1
        check(audience.own == number, "numbers", nick, audience.own, number)
        self._note(own_of(nick), number, Told(index, event, Numbers(own=number, at=given.at), frozenset((nick,))))

    def _note(self, place: str, number: int, told: Told) -> None:
        self.told.setdefault(place, {})[number] = told
        self.by_fact.setdefault(told.index, []).append(told)

    def find(self, place: str, number: int) -> Told | None:
        """Return what a place was told under a number."""
        return self.told.get(place, {}).get(number)


def _names(state: ChatState, addresses: Iterable[Address]) -> frozenset[str]:
    """Return the nicknames of members."""
    return frozenset(state.roster.members[each].nickname for each in addresses)


def own_of(nickname: str) -> str:
    """Return the place of what concerns a program alone."""
    return f"{MARK}{nickname}"
