"""A room as /rooms shows it."""

from __future__ import annotations

import attrs


@attrs.frozen
class ListedRoom:
    """What a client reads of a room: its name, its topic, and how many `members` it has."""

    name: str
    topic: str
    members: int
    has_key: bool
    private: bool
