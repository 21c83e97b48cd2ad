"""A room on several servers: what is put together for one of its nodes, beside what every server has."""

from __future__ import annotations

import asyncio
import platform
import secrets
import ssl
from collections.abc import Callable
from pathlib import Path

import attrs
import structlog

from udpchat.adapters.journal.codec import AddressCodec
from udpchat.adapters.journal.errors import JournalError, Stale
from udpchat.adapters.nats.addresses import NAME, ClusterAddresses
from udpchat.adapters.nats.journal import START_SECONDS, JetStreamJournal
from udpchat.adapters.nats.stream import RoomStream
from udpchat.adapters.udp.address_codec import OfflineAddressCodec
from udpchat.adapters.unicode import UnicodeTables
from udpchat.app.hub.hub import Hub
from udpchat.app.server.cluster_monitor import ClusterMonitor
from udpchat.app.settings import Settings
from udpchat.domain.address import Address
from udpchat.domain.cluster.directory import NodeDirectory
from udpchat.domain.cluster.failure_detector import HEARTBEATS_PER_LEASE
from udpchat.domain.keyed_hash import KEY_BYTES
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import restore
from udpchat.domain.rooms.inputs import Rules
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import NicknameRules

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class ClusterStorage:
    """`Storage` of one node."""

    settings: Settings
    rules: Rules
    journal: JetStreamJournal
    directory: NodeDirectory
    key: bytes = attrs.field(repr=False)
    ended: JournalError | None = attrs.field(default=None, init=False)
    _witness: ClusterMonitor | None = attrs.field(default=None, init=False)
    _beating: asyncio.Task[None] | None = attrs.field(default=None, init=False)

    async def start(self, hub: Hub, here: Address, wake: Callable[[], None]) -> None:
        """Begin to serve the room, and to tell the others so; return when they know, or the engine does not answer."""

        def woken() -> None:
            self.ended = self.ended or self.journal.ended
            wake()

        def differs(node: str) -> None:
            self.ended = Stale(f"the state of the room differs from that of node {node}")
            asyncio.get_running_loop().call_soon(wake)  # it is the hub that has met the difference

        self.journal.wake = woken
        hub.start(here, self.rules, self.settings.takes_over)
        await self.journal.settle(START_SECONDS)
        hub.advance()
        self._witness = ClusterMonitor(
            hub,
            here,
            self.journal.addresses.identity,
            lambda: self.journal.wants_snapshot,
            self.journal.keep,
            differs,
            self.journal.steady,
            float(self.settings.node_lease),
        )
        self.journal.back = self._witness.beat  # at once, or the node might be held for gone
        self._beating = asyncio.create_task(self._beat(self._witness))

    async def _beat(self, witness: ClusterMonitor) -> None:
        while True:
            if lost := self._out_of_reach(witness.hub.chat):
                witness.hub.part_from(lost)
            witness.beat()
            await asyncio.sleep(witness.lease / HEARTBEATS_PER_LEASE)

    def _out_of_reach(self, chat: Chat) -> list[Address]:
        """Return which clients of this node wrote to addresses that are not listened on any more."""
        directory, node = self.directory, self.journal.node
        ours = (member.address for member in chat.state.roster if directory.node(member.address) == node)
        return [address for address in ours if not directory.is_here(address)]

    async def finish(self) -> None:
        """Have all that was taken be committed, and that all of it was told, if that can be; the rest is given up."""
        if self._witness is None or self._beating is None:
            return
        hub = self._witness.hub
        self._beating.cancel()
        await self.journal.settle(self.settings.commit_timeout)
        hub.stop()
        if not self.ended and not self.journal.unfinished:
            self._witness.beat()
            await self.journal.settle(self.settings.commit_timeout)
        self.journal.give_up()
        hub.stop()

    async def close(self) -> None:
        """Disconnect."""
        if self._beating:
            self._beating.cancel()
        await self.journal.leave()


async def look(settings: Settings) -> Chat:
    """Return the room as the cluster has it; raise `JournalError`."""
    directory = ClusterAddresses("", OfflineAddressCodec())
    journal = JetStreamJournal("", directory, 0.0, engine=engine(settings))
    await journal.look()
    recovered = journal.recover()
    chat = Chat(ChatState(NicknameRules(UnicodeTables()), directory=directory))
    restore(chat.state, recovered.state)
    for given in recovered.inputs:
        chat.handle(given)
    return chat


def engine(settings: Settings) -> RoomStream:
    """Return where the log is; raise `JournalError` where a file cannot be read."""
    servers = tuple(filter(None, (each.strip() for each in settings.cluster.split(","))))
    tls: ssl.SSLContext | None = None
    try:
        if settings.cluster_ca or settings.cluster_cert:
            tls = ssl.create_default_context(cafile=settings.cluster_ca or None)
        if tls and settings.cluster_cert:
            tls.load_cert_chain(settings.cluster_cert)
        if settings.cluster_credentials:
            Path(settings.cluster_credentials).read_bytes()
    except (OSError, ssl.SSLError) as exc:
        names = (settings.cluster_ca, settings.cluster_cert, settings.cluster_credentials)
        raise JournalError(f"cannot read {', '.join(filter(None, names))}: {exc.strerror or exc}") from exc
    return RoomStream(servers, settings.cluster_room, settings.cluster_replicas, settings.cluster_credentials, tls)


def node_name(settings: Settings) -> str:
    """Return the name of this node: by default that of the machine, as far as it can be one."""
    if settings.node:
        return settings.node
    name = "".join(each for each in platform.node().partition(".")[0] if NAME.fullmatch(each))
    return name[:32] or "node"


async def join(settings: Settings, addresses: AddressCodec, rules: Rules) -> ClusterStorage:
    """Return the journal of a room in a cluster, read to its end; raise `JournalError`."""
    name = node_name(settings)
    if settings.journal:
        raise JournalError("--journal and --cluster are two places to keep a room in: choose one")
    if settings.takes_over == name:
        raise JournalError(f"node {name} cannot take over itself: it goes on by itself when it is started again")
    directory = ClusterAddresses(name, addresses)
    journal = JetStreamJournal(name, directory, float(settings.commit_timeout), engine=engine(settings))
    await journal.open(secrets.token_bytes(KEY_BYTES))
    log.info("joined the cluster", room=settings.cluster_room, node=name, server=journal.connected_to)
    return ClusterStorage(settings, rules, journal, directory, journal.key)
