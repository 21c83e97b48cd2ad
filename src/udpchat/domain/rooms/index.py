"""Rooms by what their names look like."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.rooms.room import Room
from udpchat.domain.text.nickname import NicknameRules


@attrs.define(eq=False)
class RoomIndex:
    """Finds a room by its name, or by a name like it. `names` are the rules for names.

    Two rooms have names that are alike only if a server made one of them that had other tables of Unicode.
    """

    names: NicknameRules
    _by_key: dict[str, Room] = attrs.field(factory=dict, init=False)  # what a name is known by -> its room
    _alike: bool = attrs.field(default=False, init=False)  # some have names like those of others

    def find(self, name: str) -> Room | None:
        """Return the room with this name, or with one like it, if there is one."""
        found = (self._by_key.get(key) for key in sorted(self.names.keys(name)))
        return next((room for room in found if room is not None), None)

    def add(self, room: Room) -> None:
        """Note by what a room is known. Of rooms that are alike, the first one is found."""
        for key in self.names.keys(room.name):
            if self._by_key.setdefault(key, room) is not room:
                self._alike = True

    def remove(self, room: Room, others: Iterable[Room]) -> None:
        """Forget a room, and keep the others."""
        if self._alike:
            self._by_key.clear()
            for each in others:
                self.add(each)
            return
        for key in self.names.keys(room.name):
            del self._by_key[key]
