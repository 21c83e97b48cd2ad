"""One room: who is in it, who holds it, and what was said in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from udpchat.domain.address import Address
from udpchat.domain.event import Event
from udpchat.domain.rooms.audience import Delivery, InRoom, InRoomBy
from udpchat.domain.rooms.author import Author
from udpchat.domain.rooms.history.log import Log
from udpchat.domain.rooms.listing import ListedRoom
from udpchat.domain.rooms.members.crowd import Crowd
from udpchat.domain.rooms.members.look import PLAIN, Look
from udpchat.domain.rooms.order import RoomOrder
from udpchat.domain.rooms.programs.told import Told

if TYPE_CHECKING:
    from udpchat.domain.rooms.members.member import Member

MAX_INVITED = 100  # open invitations of a room: a class, and few enough for a snapshot
KEY_PURPOSE = b"room"  # of the keyed hashes that stand for the keys of rooms


@attrs.define(eq=False)
class Room:
    """A room. Its `members` are in order of entering, and each of its `crowds` has those with one look.

    `bells` are the members that hear a bell when their name is said. `programs` are those that read objects, each with
    the number of the last event before it came in; `told` is kept while there are any. `others` counts the events that
    were no messages.

    The `holder` may set key and topic; the lobby has none. `key` is a keyed hash, "" if everybody may enter. A
    `private` room is only for the holder, for those with the key, and for the `invited`.

    The class is long because what is kept of its members, and of what they are told, must change together.
    """

    name: str
    holder: Address | None = None
    topic: str = ""
    topic_by: Author | None = None  # who set it, if there is one
    key: str = ""
    private: bool = False
    invited: dict[Address, None] = attrs.field(factory=dict)
    members: dict[Address, None] = attrs.field(factory=dict)
    order: RoomOrder | None = None  # if there is any
    crowds: dict[Look, Crowd] = attrs.field(factory=dict, init=False)
    log: Log = attrs.field(factory=Log)
    listing: tuple[Member, ...] | None = attrs.field(default=None, init=False)  # kept until the next change
    listed: ListedRoom | None = attrs.field(default=None, init=False)  # kept, too
    bells: dict[Address, None] = attrs.field(factory=dict, init=False)
    others: int = 0
    programs: dict[Address, int] = attrs.field(factory=dict, init=False)
    told: Told | None = attrs.field(default=None, init=False)
    everyone: InRoom = attrs.field(init=False)  # the audience, made once

    @everyone.default
    def _(self) -> InRoom:
        return InRoom(self.name)

    @property
    def seq(self) -> int:
        """The number of the last event that the room was told, since it was made."""
        return self.others + self.log.removed + len(self.log.messages)

    def ordered(self) -> RoomOrder:
        """Return what is set for order here, to set something."""
        if self.order is None:
            self.order = RoomOrder()
        return self.order

    def forget_order(self) -> None:
        """Take note that something is not set any more: with nothing set, lines take the short way."""
        if self.order is not None and self.order.is_empty:
            self.order = None

    def forget_over(self, at: float) -> None:
        """Take note of the time of a line: what was set for a while may be over."""
        if self.order is not None:
            self.order.forget_over(at)
            self.forget_order()

    def show(self) -> ListedRoom:
        """Return the room as /rooms shows it now, and keep that in `listed`."""
        self.listed = ListedRoom(self.name, self.topic, len(self.members), bool(self.key), self.private)
        return self.listed

    @property
    def is_public(self) -> bool:
        """Whether everybody may know it and enter it."""
        return not self.private and not self.key

    def is_known_to(self, address: Address) -> bool:
        """Return whether it may be named to a client: a private room only to its members."""
        return not self.private or address in self.members

    def admits(self, address: Address, key: str) -> bool:
        """Return whether a client may enter, perhaps with a key."""
        return self.is_public or address in self.invited or (self.key != "" and key == self.key)

    def invite(self, address: Address) -> None:
        """Let a client enter once, whatever key there is. The oldest of too many invitations ends."""
        self.invited[address] = None
        if self.order is not None:
            self.order.kicked.pop(address, None)
            self.forget_order()
        if len(self.invited) > MAX_INVITED:
            del self.invited[next(iter(self.invited))]

    def add(self, address: Address, look: Look) -> None:
        """Let somebody in, last in the order."""
        self.members[address] = None
        self.listing = self.listed = None
        self._join_crowd(address, look)
        if look.bell:
            self._set_bell(address, on=True)
        if look.json:
            self._set_program(address, on=True)

    def remove(self, address: Address, look: Look) -> None:
        """Let somebody out. If it was the holder, the one who was here longest holds the room."""
        del self.members[address]
        self.listing = self.listed = None
        self._leave_crowd(address, look)
        if look.bell:
            self._set_bell(address, on=False)
        if look.json:
            self._set_program(address, on=False)
        if self.holder == address:
            self.holder = next(iter(self.members), None)

    def change_look(self, address: Address, old: Look, new: Look) -> None:
        """Move a member from one crowd to another, and note whether its bell is on."""
        if old != new:
            self._leave_crowd(address, old)
            self._join_crowd(address, new)
        if old.bell != new.bell:
            self._set_bell(address, on=new.bell)
        if old.json != new.json:
            self._set_program(address, on=new.json)

    def move(self, places: Mapping[Address, Address], looks: Mapping[Address, Look]) -> None:
        """Change addresses: old -> new. `looks` has the look of each member, by its new address."""
        self.members = {places.get(each, each): None for each in self.members}
        self.listing = None
        self.invited = {places.get(each, each): None for each in self.invited}
        if self.holder is not None:
            self.holder = places.get(self.holder, self.holder)
        if self.order is not None:
            self.order.move(places)
        for crowd in self.crowds.values():  # so that the packer sends first what is under way to them
            crowd.replace(())
        self.crowds = {}
        self.bells = {places.get(each, each): None for each in self.bells}
        self.programs = {places.get(each, each): seq for each, seq in self.programs.items()}
        for address in self.members:
            self._join_crowd(address, looks[address])

    def _set_bell(self, address: Address, *, on: bool) -> None:
        if on:
            self.bells[address] = None
        else:
            del self.bells[address]

    def _set_program(self, address: Address, *, on: bool) -> None:
        if on:
            self.programs[address] = self.seq
            self.told = self.told or Told(self.seq + 1)
        else:
            del self.programs[address]
            self.told = self.told if self.programs else None

    def _join_crowd(self, address: Address, look: Look) -> None:
        if not address.carrier:  # a client of another node
            return
        crowd = self.crowds.get(look)
        if crowd is None:
            crowd = self.crowds[PLAIN if look == PLAIN else look] = Crowd()  # rendering asks first for this object
        crowd.add(address)

    def _leave_crowd(self, address: Address, look: Look) -> None:
        if not address.carrier:
            return
        crowd = self.crowds[look]
        crowd.remove(address)
        if not crowd.members:
            del self.crowds[look]


def to_rooms(rooms: Sequence[Room], address: Address, event: Event) -> list[Delivery]:
    """Return the deliveries of what a client did for all of its rooms. It reads its own words once."""
    deliveries: list[Delivery] = [(InRoomBy(rooms[0].name, address), event)]
    if len(rooms) > 1:
        deliveries += [(InRoom(room.name, frozenset((address,))), event) for room in rooms[1:]]
    return deliveries
