"""Datagrams for clients of two carriers, in two rooms and two looks, with what each client must receive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

import attrs
from hypothesis import strategies as st

from tests.room import NAMES
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.address import Address
from udpchat.domain.dialects.packer import Packer, Send, Tails
from udpchat.domain.rooms.members.look import PLAIN, Look
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.rooms import Rooms
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

LIMIT = 20
CARRIERS = ("memory", "other")
PEERS = [MemoryAddress("127.0.0.1", 1 + number, CARRIERS[number % 2]) for number in range(6)]
ELSEWHERE = [MemoryAddress("127.0.0.1", 50 + number, "") for number in range(2)]  # clients of another node
NOBODY = MemoryAddress("127.0.0.1", 100, "memory")  # is never a member

Calls = list[tuple[list[bytes], Sequence[Address], Collection[Address]]]


@attrs.define(eq=False)
class Packing:
    """The packer of a server with two carriers, and what each client must receive."""

    state: ChatState = attrs.field(factory=lambda: ChatState(NAMES))
    calls: Calls = attrs.field(factory=list)
    owed: dict[Address, bytes] = attrs.field(factory=lambda: defaultdict(bytes))
    faults: list[Exception] = attrs.field(factory=list)
    sends: int = 0
    carriers: dict[str, Send] = attrs.field(init=False)
    packer: Packer = attrs.field(init=False)
    kitchen: Room = attrs.field(init=False)
    joined: int = 0

    def __attrs_post_init__(self) -> None:
        self.carriers = {name: self.sender(name) for name in CARRIERS}
        self.packer = Packer(self.state.rooms, Tails(self.carriers, self.faults.append, LIMIT))
        self.kitchen = Room("kitchen")
        self.state.rooms.add(self.kitchen)

    @property
    def rooms(self) -> Rooms:
        """The rooms."""
        return self.state.rooms

    def sender(self, name: str) -> Callable[..., None]:
        """Return what stands for a carrier."""

        def send(datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()) -> None:
            assert all(address.carrier == name for address in addresses)
            self.calls.append((list(datagrams), addresses, but))

        return send

    def join(self, address: Address) -> None:
        """Let somebody in, or out again."""
        member = self.state.roster.get(address)
        if member:
            self.state.remove(member, 0.0)
        else:
            self.joined += 1
            self.state.add(address, Nickname(f"n{self.joined}"), 0.0)

    def go(self, address: Address) -> None:
        """Let a member go to the other room."""
        if member := self.state.roster.get(address):
            before = member.place.room
            self.rooms.leave(member, before)
            if self.kitchen.name not in self.rooms.by_name:
                self.kitchen = Room("kitchen")
                self.rooms.add(self.kitchen)
            self.rooms.enter(member, self.kitchen if before is self.rooms.lobby else self.rooms.lobby)

    def take_over(self) -> None:
        """Let the clients of another node be clients of this one; they receive what follows."""
        places = {each: MemoryAddress(each.host, each.port, "memory") for each in ELSEWHERE}
        roster = self.state.roster
        self.state.move({old: new for old, new in places.items() if old in roster and new not in roster})

    def dress(self, address: Address) -> None:
        """Let a member have the other look."""
        if member := self.state.roster.get(address):
            self.rooms.use_look(member, Look(color=True) if member.place.look == PLAIN else PLAIN)

    def add(self, line: bytes, *but: Address, room: Room | None = None) -> None:
        """Say something to a room, the lobby if none is given."""
        room = room or self.rooms.lobby
        for crowd in room.crowds.values():
            self.sends += self.packer.add(crowd, (line,), but)
        for address in room.members:
            if address not in but and address.carrier:
                self.owed[address] += line

    def paste(self, lines: list[bytes], *but: Address) -> None:
        """Say several lines at once to the lobby."""
        for crowd in self.rooms.lobby.crowds.values():
            self.sends += self.packer.add(crowd, lines, but)
        for address in self.rooms.lobby.members:
            if address not in but and address.carrier:
                self.owed[address] += b"".join(lines)

    def call(self, line: bytes, *but: Address) -> None:
        """Say something to the kitchen."""
        self.add(line, *but, room=self.kitchen)

    def reply(self, address: Address, line: bytes) -> None:
        """Say something to one."""
        member = self.state.roster.get(address)
        where = (member.place.rooms, member.place.look) if member else ()
        self.sends += self.packer.reply(address, (line,), *where)
        self.owed[address] += line

    def ring(self, address: Address) -> None:
        """Let a member hear a bell, in front of a line for its room."""
        if member := self.state.roster.get(address):
            self.sends += self.packer.reply(address, (b"\x07",), member.place.rooms, member.place.look)
            self.owed[address] += b"\x07"
            self.add(b"bell\n", room=member.place.room)

    def flush(self) -> None:
        """Send all."""
        self.sends += self.packer.flush()

    def received(self) -> dict[Address, bytes]:
        """Return what each client was sent."""
        self.flush()
        found: dict[Address, bytes] = defaultdict(bytes)
        for datagrams, addresses, but in self.calls:
            for address in addresses:
                if address not in but:
                    found[address] += b"".join(datagrams)
        return found


lines = st.text("xyz", max_size=LIMIT - 1).map(lambda said: said.encode() + b"\n")
peers = st.sampled_from(PEERS)
actions = st.lists(
    st.one_of(
        st.tuples(st.just("add"), lines),
        st.tuples(st.just("add"), lines),
        st.tuples(st.just("add"), lines, peers),
        st.tuples(st.just("add"), lines, peers, peers),
        st.tuples(st.just("paste"), st.lists(lines, min_size=1, max_size=8)),
        st.tuples(st.just("paste"), st.lists(lines, min_size=1, max_size=8), peers),
        st.tuples(st.just("call"), lines),
        st.tuples(st.just("call"), lines, peers),
        st.tuples(st.just("reply"), peers, lines),
        st.tuples(st.just("reply"), st.just(NOBODY), lines),
        st.tuples(st.just("join"), peers),
        st.tuples(st.just("join"), peers),
        st.tuples(st.just("go"), peers),
        st.tuples(st.just("dress"), peers),
        st.tuples(st.just("join"), st.sampled_from(ELSEWHERE)),
        st.tuples(st.just("take_over")),
        st.tuples(st.just("ring"), peers),
        st.tuples(st.just("flush")),
    ),
    max_size=60,
)


def played(given_actions: list[tuple[object, ...]]) -> Packing:
    """Do what the actions say."""
    packing = Packing()
    for name, *arguments in given_actions:
        getattr(packing, str(name))(*arguments)
    return packing
