"""All rooms of a server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter

import attrs

from udpchat.domain.address import Address
from udpchat.domain.rooms.author import Author, Meant
from udpchat.domain.rooms.index import RoomIndex
from udpchat.domain.rooms.listing import ListedRoom
from udpchat.domain.rooms.members.look import Look
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.programs.told import MAX_TOLD_BYTES, Told
from udpchat.domain.rooms.room import Room
from udpchat.domain.text.nickname import NicknameRules

LOBBY = "lobby"  # where everybody starts
MAX_ROOMS_OF_CLIENT = 10  # that a client is in at once: a dialect with windows needs no more
MAX_HELD = 5  # rooms that one client holds, so that one cannot take all names
SHRINK = 16  # the longest log loses at least this part of the limit for all, so that this is rare


@attrs.define(eq=False)
class Rooms:
    """The rooms by name, the lobby first. `names` are the rules for their names.

    A room without members stays if it has a log that everybody may read. Among those, the one that is empty for longest
    comes first. `version` counts changes of who receives what. `new_holders` are the rooms whose holder is another one
    since the last input. No room that ended was told an event with a higher number than `ended`: a new one of the same
    name goes on from there.

    The class is long because each change of a room or its members must undo what is kept here to be found or listed.
    """

    names: NicknameRules
    lobby: Room = attrs.field(factory=lambda: Room(LOBBY), init=False)
    by_name: dict[str, Room] = attrs.field(factory=dict, init=False)
    version: int = attrs.field(default=0, init=False)
    new_holders: dict[Room, None] = attrs.field(factory=dict, init=False)
    ended: int = attrs.field(default=0, init=False)
    kept: int = attrs.field(default=0, init=False)  # events for programs so far, but for plain lines in a row
    listing: tuple[ListedRoom, ...] | None = attrs.field(default=None, init=False)  # kept until the next change
    _index: RoomIndex = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._index = RoomIndex(self.names)
        self.add(self.lobby)

    def __iter__(self) -> Iterator[Room]:
        return iter(self.by_name.values())

    def find(self, name: str) -> Room | None:
        """Return the room with this name, or with one like it, if there is one."""
        return self._index.find(name)

    def known(self, word: str, reader: Address) -> Room | None:
        """Return the room that a client means by a word, with or without `#`, if there is one that it may know."""
        name = self.names.fit(word.removeprefix("#"))
        room = None if name is None else self.find(name)
        return room if room is not None and room.is_known_to(reader) else None

    def shown_to(self, member: Member) -> tuple[ListedRoom, ...]:
        """Return the rooms that a member may know, the fullest first.

        For most members it is the same object until a room changes: thousands may ask for it in a second.
        """
        if self.listing is None:
            self.listing = _fullest_first([room.listed or room.show() for room in self if not room.private])
        private = [room.show() for room in member.place.rooms if room.private]
        return _fullest_first((*self.listing, *private)) if private else self.listing

    def add(self, room: Room) -> None:
        """Add a room."""
        self.listing = None
        self.by_name[room.name] = room
        self._index.add(room)

    def make(self, name: str, most: int) -> Room | None:
        """Return a new room; return None if there are `most` already. A room without members makes room for it."""
        if len(self.by_name) >= most:
            oldest = next(self._empty(), None)
            if oldest is None:
                return None
            self._end(oldest)
        room = Room(name, others=self.ended)
        self.add(room)
        return room

    def start_numbers(self) -> None:
        """Let numbers go on from those of the messages in the logs: on all nodes at the same place."""
        self.ended = 0
        for room in self:
            room.others = 0

    def fit(self, most: int) -> None:
        """End rooms without members, the oldest first, if there are more than `most` rooms."""
        for room in list(self._empty())[: max(0, len(self.by_name) - most)]:
            self._end(room)

    def enter(self, member: Member, room: Room) -> None:
        """Let a member into a room, where it speaks from now on. Whoever enters an empty room holds it.

        Raise ValueError if it is in `MAX_ROOMS_OF_CLIENT` already.
        """
        place = member.place
        if len(place.rooms) >= MAX_ROOMS_OF_CLIENT:
            raise ValueError(f"{member} is in {len(place.rooms)} rooms")
        if not room.members and room is not self.lobby:
            room.holder = member.address
            self.new_holders[room] = None
        room.add(member.address, place.look)
        self.listing = None
        self.version += 1
        room.invited.pop(member.address, None)
        place.room, place.rooms = room, (*place.rooms, room)

    def leave(self, member: Member, room: Room) -> None:
        """Let a member out of a room. It speaks in the room that it entered last of the others, if it is in any."""
        place, holder = member.place, room.holder
        room.remove(member.address, place.look)
        if room.holder != holder:
            self.new_holders[room] = None
        self.listing = None
        self.version += 1
        place.rooms = tuple(each for each in place.rooms if each is not room)
        if place.rooms:
            place.room = place.rooms[-1]
        if not room.members and room is not self.lobby:
            self._close(room)

    def forget(self, member: Member) -> None:
        """Take a member that left out of all rooms, and its invitations with it."""
        for room in member.place.rooms:
            self.leave(member, room)
        for room in self:
            room.invited.pop(member.address, None)

    def set_topic(self, room: Room, topic: str, by: Author | None) -> None:
        """Let a room be about something, or "" for nothing."""
        room.topic, room.topic_by = topic, by if topic else None
        self.listing = room.listed = None

    def wipe(self, meant: Meant) -> int:
        """Remove what somebody said from all histories, and the topics that it set; return how many there were."""
        wiped = 0
        for room in self:
            wiped += room.log.wipe(lambda message: meant.said(message.nickname, message.by, message.at))
            if room.told is not None:
                room.told.wipe(meant)
            if room.topic_by is not None and meant.wrote(room.topic_by.nickname, room.topic_by.number):
                self.set_topic(room, "", None)
                wiped += 1
        return wiped

    def change(self, room: Room, *, key: str | None = None, private: bool | None = None) -> None:
        """Change what is not None about a room."""
        room.key = room.key if key is None else key
        room.private = room.private if private is None else private
        self.listing = room.listed = None

    def use_look(self, member: Member, look: Look) -> None:
        """Send to a member in another look from now on."""
        place = member.place
        for room in place.rooms:
            room.change_look(member.address, place.look, look)
        place.look = look
        self.version += 1

    def move(self, places: Mapping[Address, Address], looks: Mapping[Address, Look]) -> None:
        """Change addresses: old -> new. `looks` has the look of each member, by its new address."""
        for room in self:
            room.move(places, looks)
        self.version += 1

    def shrink(self, most: int) -> None:
        """Remove the oldest messages of the longest logs, if all logs together take more than `most` bytes."""
        size = sum(room.log.bytes for room in self)
        while size > most:
            longest = max((room.log for room in self), key=lambda log: log.bytes)
            before = longest.bytes
            longest.shrink(max(0, before - (size - most) - most // SHRINK))
            size -= before - longest.bytes
        for room in [room for room in self._empty() if not room.log.messages]:
            self._end(room)

    def fill_told(self) -> None:
        """Let events that a bug lost keep their numbers."""
        for room in self:
            if room.told is not None:
                room.told.fill(room.seq)

    def shrink_told(self, keep: int, most: int = MAX_TOLD_BYTES) -> None:
        """Keep at most so many events of each room, and of all rooms those that take at most so many bytes."""
        logs = [room.told for room in self if room.told is not None]
        for told in logs:
            told.prune(keep)
        size = sum(told.measure() for told in logs)
        while size > most:
            longest = max(logs, key=Told.measure)
            before = longest.measure()
            longest.shrink(max(0, before - (size - most) - most // SHRINK))
            size -= before - longest.measure()

    def end(self, room: Room) -> None:
        """Forget a room without members, and its history, if it is still there."""
        if self.by_name.get(room.name) is room:
            self._end(room)

    def _close(self, room: Room) -> None:
        """Keep a room that is empty now, as the last one, if it has a log for everybody. Otherwise end it."""
        self._end(room)
        if room.log.messages and room.is_public:
            self.set_topic(room, "", None)
            room.invited.clear()
            self.add(room)

    def _empty(self) -> Iterator[Room]:
        return (room for room in self if not room.members and room is not self.lobby)

    def _end(self, room: Room) -> None:
        self.listing = None
        self.ended = max(self.ended, room.seq)
        del self.by_name[room.name]
        self._index.remove(room, self)


def _fullest_first(rooms: Iterable[ListedRoom]) -> tuple[ListedRoom, ...]:
    return tuple(sorted(rooms, key=attrgetter("members"), reverse=True))
