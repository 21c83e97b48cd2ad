"""Nodes of a room on real NATS servers, with a journal and a chat, and without sockets for clients."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import cast

import attrs

from tests.nats_servers import NatsCluster
from tests.room import NAMES
from tests.waiting import eventually
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.adapters.nats.connection import NatsServers
from udpchat.adapters.nats.journal import JetStreamJournal
from udpchat.adapters.nats.replication.replica import Replica
from udpchat.adapters.nats.stream import ClusterStream
from udpchat.domain.address import Address
from udpchat.domain.keyed_hash import KEY_BYTES
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import digest, restore, snapshot
from udpchat.domain.rooms.inputs import ControlInput, Heartbeat, Input, Rules, Started
from udpchat.domain.rooms.state import ChatState

KEY = b"k" * KEY_BYTES
PATIENCE = 30.0  # seconds for a commit, in tests of anything but what happens when it is too late
SERVER = MemoryAddress("127.0.0.1", 1)
CLIENT = MemoryAddress("127.0.0.1", 2)


class MemoryListeners:
    """`codec.AddressCodec` of the network in memory, for servers that listen on one address."""

    def encode(self, address: Address) -> str:
        """Return `LISTENER HOST:PORT`."""
        where = cast("MemoryAddress", address)
        return f"0 {where.host}:{where.port}"

    def decode(self, text: str) -> MemoryAddress:
        """Return the address with this text."""
        host, _, port = text.split(" ")[1].rpartition(":")
        return MemoryAddress(host, int(port))


def journal(
    servers: NatsCluster | str, cluster: str = "lobby", node: str = "a", patience: float = PATIENCE
) -> JetStreamJournal:
    """Return a journal that is not yet open, on servers or on whatever is at a URL."""
    urls = servers if isinstance(servers, str) else servers.urls
    copies = len(servers.each) if isinstance(servers, NatsCluster) else 1
    stream = ClusterStream(NatsServers(tuple(urls.split(","))), cluster, copies)
    return JetStreamJournal(Replica(node, ClusterAddresses(node, MemoryListeners()), patience), stream)


@attrs.define(eq=False)
class Member:
    """A member of the cluster: the journal of a node, and the chat that handles what is committed."""

    journal: JetStreamJournal
    chat: Chat = attrs.field(init=False)
    refused: list[str] = attrs.field(factory=list, init=False)  # lines that were given up
    heartbeats: list[Input] = attrs.field(factory=list, init=False)  # that were handled
    _at: count[int] = attrs.field(factory=count, init=False)

    def __attrs_post_init__(self) -> None:
        self.chat = Chat(ChatState(NAMES, directory=self.journal.replica.addresses))

    async def open(self) -> None:
        """Open the room, and begin to serve it."""
        await self.journal.open(KEY)
        recovered = self.journal.recover()
        restore(self.chat.state, recovered.state)
        for each in recovered.inputs:
            self.chat.handle(each)
        self.tell(Started(Rules()))
        await eventually(lambda: not self.unfinished)

    def say(self, *lines: str, client: MemoryAddress = CLIENT) -> None:
        """Take lines from a client of this node."""
        self.journal.append([Input(float(next(self._at)), 7, client, line) for line in lines])

    def tell(self, notice: ControlInput) -> None:
        """Take a control input from the node itself."""
        self.journal.append([Input(float(next(self._at)), 7, SERVER, notice)])

    def hear(self) -> list[str]:
        """Handle what is committed; return all lines said in the room."""
        for each in self.journal.committed():
            self.chat.handle(each)
            if isinstance(each.line, Heartbeat):
                self.heartbeats.append(each)
        self.refused += [str(each.line) for each in self.journal.expired()]
        return [line.text for line in self.chat.state.rooms.lobby.log.messages]

    async def hears(self, *lines: str) -> None:
        """Wait until exactly these lines were said in the room."""
        await eventually(lambda: self.hear() == list(lines), lambda: (self.hear(), self.refused))

    async def heartbeat(self) -> Input:
        """Send a heartbeat, and return it as it was committed."""
        before = len(self.heartbeats)
        self.tell(Heartbeat(self.chat.state.reception.said))
        await eventually(lambda: self.hear() is not None and len(self.heartbeats) > before)
        return self.heartbeats[-1]

    async def agrees(self, *others: Member) -> None:
        """Wait until all nodes have handled the same entries; fail if their states differ."""
        nodes = (self, *others)
        await eventually(
            lambda: (
                all(node.hear() is not None and not node.unfinished for node in nodes)
                and len({node.last for node in nodes}) == 1
            ),
            lambda: [node.last for node in nodes],
        )
        assert len({node.digest for node in nodes}) == 1

    @property
    def unfinished(self) -> bool:
        """Whether anything is neither committed nor given up."""
        return self.journal.replica.queue.unfinished

    @property
    def last(self) -> int:
        """The place of the last entry that was read."""
        return self.journal.replica.last

    @property
    def digest(self) -> str:
        """The digest of the state, as nodes compare it."""
        return digest(snapshot(self.chat.state), self.journal.replica.addresses.identity)


@asynccontextmanager
async def member(
    servers: NatsCluster | str, node: str = "a", cluster: str = "lobby", patience: float = PATIENCE
) -> AsyncIterator[Member]:
    """Run a node of a cluster, which disconnects at the end without notice."""
    made = Member(journal(servers, cluster, node, patience))
    await made.open()
    try:
        yield made
    finally:
        await made.journal.leave()
