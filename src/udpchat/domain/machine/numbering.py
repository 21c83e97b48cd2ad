"""Numbers what an input caused: in each room what it was told, and for each program what concerned it alone.

Rooms without programs only count. So nothing else changes for them, and a plain line of theirs costs what it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.hands import Called
from udpchat.domain.commands.private import PrivatelySaid
from udpchat.domain.commands.resuming import KeptShown
from udpchat.domain.event import Event
from udpchat.domain.rooms.acts import Concerned
from udpchat.domain.rooms.audience import Delivery, InRoom, InRoomBy, Notify, Only
from udpchat.domain.rooms.author import Author
from udpchat.domain.rooms.bell import Rang
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.programs.told import heard
from udpchat.domain.rooms.requests import id_of
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.state import MEASURED, ChatState

_WORDS = ("text", "topic", "why")  # fields of events that people fill with words of their own


def number(state: ChatState, given: Input, deliveries: list[Delivery]) -> list[Delivery]:
    """Return the deliveries of an input with their numbers, and keep what programs may ask for again.

    Where there are no programs, `Chat.execute` counts, as `_count` does.
    """
    last = _count(state, deliveries)
    return [each for delivery in deliveries for each in _numbered(state, given, delivery, last)]


def _count(state: ChatState, deliveries: Sequence[Delivery]) -> dict[Room, int]:
    """Count what rooms were told, and return the last number of each before that.

    Messages are counted when they are said, and told exactly once.
    """
    last: dict[Room, int] = {}
    for audience, event in deliveries:
        if isinstance(audience, InRoom | InRoomBy) and (room := state.rooms.by_name.get(audience.room)) is not None:
            before = last.setdefault(room, room.seq)
            if isinstance(event, Message):
                last[room] = before - 1
            else:
                room.others += 1
    return last


def _numbered(state: ChatState, given: Input, delivery: Delivery, last: dict[Room, int]) -> Iterator[Delivery]:
    """Yield a delivery with its number. Of private words that were kept, each line is a delivery."""
    audience, event = delivery
    match audience:
        case InRoom() | InRoomBy():
            yield _in_room(state, given, audience, event, last), event
        case Only(address) if isinstance(event, KeptShown) and address in state.sessions.by_address:
            you, note = state.roster.members[address].nickname, state.sessions.by_address[address].note
            for line in event.lines:
                said = PrivatelySaid(line.speaker, you, line.text)
                yield Notify(address, json=True, own=note(said, line.at, Author(line.speaker, 0))), said
        case Only(address) if state.sessions.is_program(address):
            yield Only(address, json=True, id=id_of(given.line) if address == given.sender else 0), event
        case Notify(address) if state.sessions.is_program(address):
            own, session = 0, state.sessions.by_address.get(address)
            if session is not None and not isinstance(event, Rang):
                own = session.note(event, given.at, author_of(state, given, event))
            yield Notify(address, json=True, own=own), event
        case _:
            yield delivery


def _in_room(
    state: ChatState, given: Input, audience: InRoom | InRoomBy, event: Event, last: dict[Room, int]
) -> InRoom | InRoomBy:
    """Return an audience with the number of the event in its room, which is kept if a program is there."""
    room, sessions = state.rooms.by_name.get(audience.room), state.sessions
    if isinstance(audience, InRoomBy) and sessions.is_program(audience.address):
        audience = attrs.evolve(audience, json=True)
    if room is None or room.told is None:
        return audience
    last[room] = seq = last[room] + 1
    hidden = _hidden(room, audience, given.sender)
    if isinstance(event, Message) and not hidden:
        room.told.events.append(event)
    else:
        numbers = frozenset(state.roster.members[each].place.number for each in hidden)
        room.told.events.append(heard(event, given.at, numbers, author_of(state, given, event)))
    room.told.prune(state.rules.log_events)
    state.rooms.kept += 1
    if not state.rooms.kept % MEASURED:
        state.rooms.shrink_told(state.rules.log_events)
    return attrs.evolve(audience, seq=seq, hidden=hidden)


def _hidden(room: Room, audience: InRoom | InRoomBy, sender: Address) -> frozenset[Address]:
    """Return the programs in a room that must not see an event: those left out, but for the one that caused it."""
    if not audience.but:
        return audience.hidden
    return frozenset(
        each for each in audience.but if each in room.programs and (each != sender or each in audience.hidden)
    )


def author_of(state: ChatState, given: Input, event: Event) -> Author | None:
    """Return whose words are in an event, None if it has none: they may be taken back."""
    if isinstance(event, Message):
        return Author(event.nickname, event.by)
    if isinstance(event, Called):
        return Author(event.nickname, 0)
    member = state.roster.members.get(given.sender)
    fact = event.act if isinstance(event, Concerned) else event
    if member is None or not any(getattr(fact, words, "") for words in _WORDS):
        return None
    return Author(member.nickname, member.place.number)
