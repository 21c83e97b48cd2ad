"""The state of a chat as a value, which can be restored into another chat.

The restored chat gives the same deliveries for the same inputs as the original chat.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from udpchat.domain.address import Address
from udpchat.domain.cluster.failure_detector import NodeState
from udpchat.domain.machine.saved_programs import SavedPrograms, comparable_programs, restore_programs, save_programs
from udpchat.domain.rooms.author import Author
from udpchat.domain.rooms.history.log import Log
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.inputs import Rules
from udpchat.domain.rooms.members.look import PLAIN, Look
from udpchat.domain.rooms.members.member import Place
from udpchat.domain.rooms.order import RoomOrder
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.rooms import LOBBY
from udpchat.domain.rooms.slice import Slice
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

RULES_BEFORE = 9  # fields of `Rules` before `ORDER_SINCE`


@attrs.frozen
class SavedPlace:
    """Where a member is: see `Place`. `rooms` are names; it speaks in the last one."""

    rooms: tuple[str, ...]
    number: int
    since: float
    last: float
    look: Look = PLAIN


@attrs.frozen
class SavedRoom:
    """A room, its members in order of entering: see `Room`. `numbers` are those of the lines."""

    name: str
    holder: Address | None = None
    topic: str = ""
    key: str = ""
    private: bool = False
    invited: tuple[Address, ...] = ()
    members: tuple[Address, ...] = ()
    lines: tuple[Message, ...] = ()
    numbers: tuple[int, ...] = ()
    removed: int = 0
    order: RoomOrder | None = None
    topic_by: Author | None = None


@attrs.frozen
class Snapshot:
    """The state of a chat: the members in order of joining, the absences, the nodes, and the slices.

    Before `ROOMS_SINCE`, there is only the lobby, with its `lines`. Later, `places` are those of the members, `rooms`
    all rooms, and `joined` the number of the member that joined last. Since `PROGRAMS_SINCE` there are `programs`.
    """

    rules: Rules = attrs.field(factory=Rules)
    members: tuple[tuple[Address, Nickname], ...] = ()
    said: int = 0
    lines: tuple[Message, ...] = ()
    absent: tuple[tuple[Address, int], ...] = ()
    missed: tuple[tuple[Address, int, int], ...] = ()
    nodes: tuple[tuple[str, NodeState], ...] = ()
    beats: int = 0
    grammar: int = 1
    unicode: str = ""
    slices: Mapping[str, Slice] = attrs.field(factory=dict)
    joined: int = 0
    places: tuple[SavedPlace, ...] = ()
    rooms: tuple[SavedRoom, ...] = ()
    programs: SavedPrograms | None = None


def snapshot(state: ChatState) -> Snapshot:
    """Return a snapshot of a state."""
    reception, has_rooms = state.reception, state.has_rooms
    return Snapshot(
        state.rules,
        tuple((member.address, member.nickname) for member in state.roster),
        reception.said,
        () if has_rooms else tuple(state.rooms.lobby.log.messages),
        tuple(reception.absent.items()),
        tuple((address, begin, end) for address, (begin, end) in reception.missed.items()),
        tuple(
            (name, attrs.evolve(node, silent_since={**node.silent_since})) for name, node in state.nodes.alive.items()
        ),
        state.nodes.beats,
        state.grammar,
        state.unicode,
        # Empty slices are left out: earlier versions cannot read those that they do not know.
        {word: _copied(each) for word, each in state.slices.by_word.items() if each != each.__class__()},
        state.roster.joined,
        tuple(_saved_place(member.place) for member in state.roster) if has_rooms else (),
        tuple(map(_saved_room, state.rooms)) if has_rooms else (),
        save_programs(state) if state.has_numbers else None,
    )


def _saved_place(place: Place) -> SavedPlace:
    rooms = tuple(room.name for room in place.rooms)
    return SavedPlace(rooms, place.number, place.since, place.last, place.look)


def _saved_room(room: Room) -> SavedRoom:
    log = room.log
    return SavedRoom(
        room.name,
        room.holder,
        room.topic,
        room.key,
        room.private,
        tuple(room.invited),
        tuple(room.members),
        tuple(log.messages),
        tuple(message.number for message in log.messages),
        log.removed,
        None if room.order is None else _copied(room.order),
        room.topic_by,
    )


def restore(state: ChatState, saved: Snapshot) -> None:
    """Fill a new, empty state from a snapshot."""
    state.use_rules(saved.rules)
    state.unicode = saved.unicode
    state.use_grammar(saved.grammar)
    reception = state.reception
    reception.said = saved.said
    reception.absent.update(saved.absent)
    reception.missed.update((address, (begin, end)) for address, begin, end in saved.missed)
    state.nodes.alive.update(
        (name, attrs.evolve(node, silent_since={**node.silent_since})) for name, node in saved.nodes
    )
    state.nodes.beats = saved.beats
    state.slices.use({word: _copied(each) for word, each in saved.slices.items()})
    if saved.rooms:
        state.has_rooms = True
        _restore_rooms(state, saved)
        return
    first = saved.said - len(saved.lines)
    _fill(state.rooms.lobby.log, saved.lines, range(first, saved.said), first)
    for address, nickname in saved.members:
        state.add(address, nickname, 0.0)


def _restore_rooms(state: ChatState, saved: Snapshot) -> None:
    """Restore the rooms, and the members in them."""
    rooms = state.rooms
    for each in saved.rooms:
        room = rooms.lobby if each.name == LOBBY else Room(each.name)
        room.holder, room.topic, room.key, room.private = each.holder, each.topic, each.key, each.private
        room.topic_by = each.topic_by
        room.invited.update(dict.fromkeys(each.invited))
        room.order = None if each.order is None else _copied(each.order)
        _fill(room.log, each.lines, each.numbers, each.removed)
        if room is not rooms.lobby:
            rooms.add(room)
    for (address, nickname), where in zip(saved.members, saved.places, strict=True):
        entered = tuple(rooms.by_name[name] for name in where.rooms)
        place = Place(entered[-1], entered, where.number, where.since, where.last, where.look)
        state.roster.add(address, nickname, place)
    state.roster.joined = saved.joined
    for each in saved.rooms:
        for address in each.members:
            rooms.by_name[each.name].add(address, state.roster.members[address].place.look)
    if saved.programs is not None:
        restore_programs(state, saved.programs)


def _fill(log: Log, lines: Sequence[Message], numbers: Sequence[int], removed: int) -> None:
    """Fill the empty log of a room."""
    for message, number in zip(lines, numbers, strict=True):
        message.number = number
        log.append(message)
    log.removed = removed


def _copied(each: Any) -> Any:
    """Return a slice, which is of some attrs class, with containers of its own, and made of its stored fields."""
    fields = (field.name for field in attrs.fields(each.__class__) if field.init)
    return attrs.evolve(each, **{name: _own(getattr(each, name)) for name in fields})


def _own(value: Any) -> Any:
    """Return a copy of a container. Values in it are kept: there may be thousands of addresses, which never change."""
    if isinstance(value, dict):
        return {key: _own(each) for key, each in value.items()}
    return value.__class__(map(_own, value)) if isinstance(value, list | set) else value


def digest(saved: Snapshot, encode: Callable[[Address], str]) -> str:
    """Return 16 hexadecimal digits, equal on all servers for equal states (BLAKE2b, RFC 7693).

    `encode` returns an address as text. It must return the same text on every server.
    """
    parts: tuple[object, ...] = (
        saved.rules,
        [(encode(address), nickname) for address, nickname in saved.members],
        saved.said,
        [_comparable(line) for line in saved.lines],
        [(encode(address), left) for address, left in saved.absent],
        [(encode(address), begin, end) for address, begin, end in saved.missed],
        [(name, attrs.evolve(node, at=0.0)) for name, node in saved.nodes],  # earlier versions did not store `at`
        saved.beats,
        saved.grammar,
        saved.unicode,
        [(word, each.comparable(encode)) for word, each in sorted(saved.slices.items())],
    )
    if saved.rooms:
        parts = (
            *parts,
            _comparable_rules(saved.rules),
            saved.joined,
            saved.places,
            [_comparable_room(room, encode) for room in saved.rooms],
        )
    if saved.programs is not None:
        parts = (*parts, comparable_programs(saved.programs, encode), [_speaks(place.look) for place in saved.places])
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def _speaks(look: Look) -> tuple[bool, bool]:
    """Return of a look what its `repr` does not have."""
    return look.json, look.lost


def _comparable_rules(rules: Rules) -> tuple[object, ...]:
    """Return the settings; those that earlier versions do not have are left out if they have their defaults."""
    values, defaults = attrs.astuple(rules), attrs.astuple(Rules())
    return values if values[RULES_BEFORE:] != defaults[RULES_BEFORE:] else values[:RULES_BEFORE]


def _comparable(line: Message) -> tuple[object, ...]:
    return line.nickname, line.text, line.at


def _comparable_room(room: SavedRoom, encode: Callable[[Address], str]) -> tuple[object, ...]:
    order = () if room.order is None else (room.order.comparable(encode),)  # earlier versions have none
    return (
        room.name,
        room.holder and encode(room.holder),
        (room.topic, room.key, room.private),
        [*map(encode, room.invited)],
        [*map(encode, room.members)],
        [(*_comparable(line), line.__class__.__name__, line.by) for line in room.lines],
        room.numbers,
        room.removed,
        *order,
        *(() if room.topic_by is None else (room.topic_by,)),  # as above
    )
