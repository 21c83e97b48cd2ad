"""What the chat keeps for programs as a value: the part of a snapshot that earlier versions did not have."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import attrs

from udpchat.domain.address import Address
from udpchat.domain.event import Event
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.programs.session import MAX_OWN, Noted, Session
from udpchat.domain.rooms.programs.told import Heard, Told, size_of
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.state import ChatState


@attrs.frozen
class SavedTold:
    """What a room was told: see `Room` and `Told`. Without programs, there are no events, and `first` is 0."""

    room: str
    others: int
    programs: tuple[tuple[Address, int], ...] = ()
    first: int = 0
    events: tuple[Message | Heard, ...] = attrs.field(default=(), eq=False)


@attrs.frozen
class SavedSession:
    """The session of a member: see `Session`."""

    address: Address
    current: str = ""
    following: tuple[str, ...] = ()
    own: int = 0
    noted: tuple[Noted, ...] = attrs.field(default=(), eq=False)
    outcomes: tuple[tuple[int, Event], ...] = attrs.field(default=(), eq=False)
    lost: float | None = None
    before: tuple[Address, ...] = ()
    siblings: tuple[str, ...] = ()
    spent: tuple[str, ...] = ()


@attrs.frozen
class SavedPrograms:
    """What the chat keeps for programs: see `ChatState` and `Rooms`. `told` has each room in the order of `rooms`.

    Events that are no messages are stored as the objects that were sent of them, so they are not compared.
    """

    numbering: str
    ended: int
    kept: int
    told: tuple[SavedTold, ...]
    sessions: tuple[SavedSession, ...]


def save_programs(state: ChatState) -> SavedPrograms:
    """Return what is kept for programs."""
    rooms = state.rooms
    return SavedPrograms(
        state.numbering,
        rooms.ended,
        rooms.kept,
        tuple(_saved_told(room) for room in rooms),
        tuple(
            SavedSession(
                address,
                session.current,
                session.following,
                session.own,
                tuple(session.noted),
                tuple(session.outcomes.items()),
                session.lost,
                session.before,
                session.siblings,
                session.spent,
            )
            for address, session in state.sessions.by_address.items()
        ),
    )


def _saved_told(room: Room) -> SavedTold:
    if room.told is None:
        return SavedTold(room.name, room.others)
    return SavedTold(room.name, room.others, tuple(room.programs.items()), room.told.first, tuple(room.told.events))


def restore_programs(state: ChatState, saved: SavedPrograms) -> None:
    """Restore what is kept for programs."""
    rooms = state.rooms
    state.has_numbers, state.numbering, rooms.ended, rooms.kept = True, saved.numbering, saved.ended, saved.kept
    for room, told in zip(rooms, saved.told, strict=True):
        room.others, room.programs = told.others, dict(told.programs)
        if told.programs:
            room.told = Told(told.first, deque(told.events))
    for each in saved.sessions:
        session = Session(
            each.current,
            each.following,
            each.own,
            deque(each.noted, MAX_OWN),
            dict(each.outcomes),
            each.lost,
            each.before,
            each.siblings,
            each.spent,
        )
        state.sessions.begin(each.address, session)
    state.slices.watch()


def comparable_programs(saved: SavedPrograms, encode: Callable[[Address], str]) -> tuple[object, ...]:
    """Return what is kept for programs. Events are compared by their sizes: to write each as an object takes long."""
    told = [
        (
            each.others,
            [(encode(address), seq) for address, seq in each.programs],
            each.first,
            [*map(size_of, each.events)],
        )
        for each in saved.told
    ]
    sessions = [
        (
            encode(each.address),
            (each.current, each.siblings, each.following, each.spent, each.own, each.lost),
            [noted.at for noted in each.noted],
            [number for number, _ in each.outcomes],
            [*map(encode, each.before)],
        )
        for each in saved.sessions
    ]
    return saved.numbering, saved.ended, saved.kept, told, sessions
