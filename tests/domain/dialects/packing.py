"""Runs of datagrams for clients of two carriers, with what each client must receive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

import attrs
from hypothesis import strategies as st

from tests.room import NAMES
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.address import Address
from udpchat.domain.dialects.packer import Run
from udpchat.domain.rooms.roster import Roster
from udpchat.domain.text.nickname import Nickname

LIMIT = 20
CARRIERS = ("memory", "other")
PEERS = [MemoryAddress("127.0.0.1", 1 + number, CARRIERS[number % 2]) for number in range(6)]

Calls = list[tuple[list[bytes], Sequence[Address], Collection[Address]]]


@attrs.define(eq=False)
class Packing:
    """The runs of two carriers, and what each client must receive."""

    roster: Roster = attrs.field(factory=lambda: Roster(NAMES))
    calls: Calls = attrs.field(factory=list)
    owed: dict[Address, bytes] = attrs.field(factory=lambda: defaultdict(bytes))
    faults: list[Exception] = attrs.field(factory=list)
    runs: list[Run] = attrs.field(init=False)
    sends: int = 0

    def __attrs_post_init__(self) -> None:
        self.runs = [Run(name, self.sender(name), self.faults.append, LIMIT, self.roster) for name in CARRIERS]

    def sender(self, name: str) -> Callable[..., None]:
        """Return what stands for a carrier."""

        def send(datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()) -> None:
            assert all(address.carrier == name for address in addresses)
            self.calls.append((list(datagrams), addresses, but))

        return send

    def join(self, address: Address) -> None:
        """Let somebody in, or out again."""
        member = self.roster.get(address)
        if member:
            self.roster.remove(member)
        else:
            self.roster.add(address, Nickname(f"n{len(self.roster.members)}x{self.roster.version}"))

    def add(self, line: bytes, but: Address | None = None) -> None:
        """Say something to the room."""
        self.sends += sum(run.add(line, but) for run in self.runs)
        for member in self.roster:
            if member.address != but:
                self.owed[member.address] += line

    def reply(self, address: Address, line: bytes) -> None:
        """Say something to one."""
        self.sends += sum(run.reply(address, line) for run in self.runs if run.carrier == address.carrier)
        self.owed[address] += line

    def flush(self) -> None:
        """Send all."""
        self.sends += sum(run.flush() for run in self.runs)

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
        st.tuples(st.just("reply"), peers, lines),
        st.tuples(st.just("join"), peers),
    ),
    max_size=60,
)


def played(given_actions: list[tuple[object, ...]]) -> Packing:
    """Do what the actions say."""
    packing = Packing()
    for name, *arguments in given_actions:
        getattr(packing, str(name))(*arguments)
    return packing
