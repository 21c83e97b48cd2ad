"""A room as /rooms shows it."""

from __future__ import annotations

import attrs

from udpchat.domain.rooms.room import Room


@attrs.frozen
class ListedRoom:
    """What a client reads of a room: its name, its topic, and how many `members` it has."""

    name: str
    topic: str
    members: int
    has_key: bool
    private: bool


def listed(room: Room) -> ListedRoom:
    """Return a room as it is now."""
    return ListedRoom(room.name, room.topic, len(room.members), bool(room.key), room.private)


def size(room: ListedRoom) -> int:
    """Return by which number rooms are sorted: the fullest first."""
    return -room.members
