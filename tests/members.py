"""Nodes of a room in a real cluster, as far as their journal and their chat: no socket comes into it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import cast

import attrs

from tests.engine import Servers
from tests.room import NAMES
from tests.waiting import eventually
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.adapters.nats.journal import JetStreamJournal
from udpchat.adapters.nats.stream import RoomStream
from udpchat.domain.address import Address
from udpchat.domain.keyed_hash import KEY_BYTES
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import digest, restore, snapshot
from udpchat.domain.rooms.inputs import ControlInput, Heartbeat, Input, Rules, Started
from udpchat.domain.rooms.state import ChatState

KEY = b"k" * KEY_BYTES
PATIENCE = 30.0  # seconds for a commit, in tests of anything but what happens when it is too late
SERVER = MemoryAddress("127.0.0.1", 1)
WHO = MemoryAddress("127.0.0.1", 2)


class MemoryListeners:
    """`codec.AddressCodec` of the network in memory, for servers that listen at one place."""

    def encode(self, address: Address) -> str:
        """Return `LISTENER HOST:PORT`."""
        where = cast("MemoryAddress", address)
        return f"0 {where.host}:{where.port}"

    def decode(self, spelt: str) -> MemoryAddress:
        """Return the address that was spelt so."""
        host, _, port = spelt.split(" ")[1].rpartition(":")
        return MemoryAddress(host, int(port))


def journal(
    servers: Servers | str, room: str = "lobby", node: str = "a", patience: float = PATIENCE
) -> JetStreamJournal:
    """Return a journal that has not been opened yet, on servers or on whatever is at an address."""
    urls = servers if isinstance(servers, str) else servers.urls
    copies = len(servers.each) if isinstance(servers, Servers) else 1
    where = RoomStream(tuple(urls.split(",")), room, copies)
    return JetStreamJournal(node, ClusterAddresses(node, MemoryListeners()), patience, engine=where)


@attrs.define(eq=False)
class Member:
    """A node: its journal, and the chat that it makes of it."""

    journal: JetStreamJournal
    chat: Chat = attrs.field(init=False)
    refused: list[str] = attrs.field(factory=list, init=False)  # lines that were given up
    beats: list[Input] = attrs.field(factory=list, init=False)  # that came
    _at: count[int] = attrs.field(factory=count, init=False)

    def __attrs_post_init__(self) -> None:
        self.chat = Chat(ChatState(NAMES, directory=self.journal.addresses))

    async def open(self) -> None:
        """Read what is known of the room, and begin to serve it."""
        await self.journal.open(KEY)
        recovered = self.journal.recover()
        restore(self.chat.state, recovered.state)
        for each in recovered.inputs:
            self.chat.handle(each)
        self.tell(Started(Rules()))
        await eventually(lambda: not self.journal.unfinished)

    def say(self, *lines: str, who: MemoryAddress = WHO) -> None:
        """Have a client of this node say lines."""
        self.journal.append([Input(float(next(self._at)), 7, who, line) for line in lines])

    def tell(self, notice: ControlInput) -> None:
        """Tell of the node itself."""
        self.journal.append([Input(float(next(self._at)), 7, SERVER, notice)])

    def hear(self) -> list[str]:
        """Handle what has come; return all lines said in the room."""
        for each in self.journal.committed():
            self.chat.handle(each)
            if isinstance(each.line, Heartbeat):
                self.beats.append(each)
        self.refused += [str(each.line) for each in self.journal.expired()]
        return [line.text for line in self.chat.state.history.messages]

    async def hears(self, *lines: str) -> None:
        """Wait until just these lines have been said in the room."""
        await eventually(lambda: self.hear() == list(lines), lambda: (self.hear(), self.refused))

    async def beat(self) -> Input:
        """Tell that this node is alive, and wait until that comes back."""
        before = len(self.beats)
        self.tell(Heartbeat(self.chat.state.history.said))
        await eventually(lambda: self.hear() is not None and len(self.beats) > before)
        return self.beats[-1]

    async def agrees(self, *others: Member) -> None:
        """Wait until all have handled as much; fail if what came of it differs."""
        nodes = (self, *others)
        await eventually(
            lambda: (
                all(node.hear() is not None and not node.journal.unfinished for node in nodes)
                and len({node.journal.last for node in nodes}) == 1
            ),
            lambda: [node.journal.last for node in nodes],
        )
        assert len({node.digest for node in nodes}) == 1

    @property
    def digest(self) -> str:
        """The digest of the state, as nodes compare it."""
        return digest(snapshot(self.chat.state), self.journal.addresses.identity)


@asynccontextmanager
async def member(
    servers: Servers | str, node: str = "a", room: str = "lobby", patience: float = PATIENCE
) -> AsyncIterator[Member]:
    """Have a node serve a room; it leaves without a word."""
    made = Member(journal(servers, room, node, patience))
    await made.open()
    try:
        yield made
    finally:
        await made.journal.leave()
