"""The composition root of a cluster node: what a server needs to serve a room together with others."""

from __future__ import annotations

import asyncio
import platform
import secrets
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import attrs
import structlog

from udpchat.adapters.journal.codec import AddressCodec
from udpchat.adapters.journal.errors import JournalError, Stale
from udpchat.adapters.nats.addresses import NAME, ClusterAddresses
from udpchat.adapters.nats.connection import NatsServers
from udpchat.adapters.nats.journal import JetStreamJournal
from udpchat.adapters.nats.link import START_SECONDS
from udpchat.adapters.nats.replication.replica import Replica
from udpchat.adapters.nats.stream import ClusterStream
from udpchat.adapters.tcp.address_codec import ConnectionCodec
from udpchat.adapters.udp.address_codec import OfflineAddressCodec
from udpchat.adapters.unicode import UnicodeTables
from udpchat.app.hub.hub import Hub
from udpchat.app.server.cluster_monitor import ClusterMonitor
from udpchat.app.server.storage import Figures
from udpchat.app.settings import Settings
from udpchat.domain.address import Address
from udpchat.domain.cluster.failure_detector import HEARTBEATS_PER_LEASE
from udpchat.domain.keyed_hash import KEY_BYTES
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import restore
from udpchat.domain.machine.versions import conflict
from udpchat.domain.rooms.inputs import Input, Rules, Started
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import NicknameRules

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class ClusterStorage:
    """`Storage` of one node. The room is opened by `open`, and served from `start` to `finish`."""

    settings: Settings
    rules: Rules
    directory: ClusterAddresses
    stream: ClusterStream
    journal: JetStreamJournal = attrs.field(init=False)
    key: bytes = attrs.field(init=False, repr=False)
    _difference: JournalError | None = attrs.field(default=None, init=False)
    _wake: Callable[[], None] | None = attrs.field(default=None, init=False)
    _heartbeats: HeartbeatSender | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        replica = Replica(self.directory.own, self.directory, float(self.settings.commit_timeout))
        self.journal = JetStreamJournal(replica, self.stream, self._changed, self._reconnected, self._forgetting)

    @property
    def ended(self) -> JournalError | None:
        """Why this node cannot go on, if that is so."""
        return self.journal.ended or self._difference

    async def open(self) -> None:
        """Open the room; raise `JournalError`."""
        await self.journal.open(secrets.token_bytes(KEY_BYTES))
        self.key = self.journal.key

    async def start(self, hub: Hub, here: Address, wake: Callable[[], None]) -> None:
        """Begin to serve the room; return when the other nodes know, or when the NATS servers do not answer."""
        self._wake = wake

        def check() -> None:
            if reason := conflict(hub.chat.state, self.directory.own, time.time()):
                raise JournalError(reason)

        hub.start(here, self.rules, self.settings.takes_over, check)
        await self.journal.settle(START_SECONDS)
        hub.advance()
        self._heartbeats = HeartbeatSender(hub, here, self._monitor(hub.chat))
        self._heartbeats.start()

    def saw(self, given: Input) -> None:
        """Look at a start or a heartbeat that the hub has just handled."""
        if not self._heartbeats:
            return
        monitor = self._heartbeats.monitor
        monitor.saw(given)
        if isinstance(given.line, Started) and (reason := conflict(monitor.chat.state, self.directory.own, given.at)):
            self._end(JournalError(reason))

    def use(self, rules: Rules) -> None:
        """Do nothing: the log is as long as the snapshots need it."""

    def figures(self) -> Figures:
        """Return how far behind the log this node is."""
        link = self.journal.link
        return Figures(lag=link.lag, in_step=link.writable is not None)

    def _monitor(self, chat: Chat) -> ClusterMonitor:
        replica = self.journal.replica
        return ClusterMonitor(
            chat,
            identity=self.directory.identity,
            steady=replica.queue.steady,
            snapshot_due=lambda: replica.checkpoints.due,
            erasing=lambda: replica.erasure is not None,
            save=self.journal.save_after,
            differs=self._differs,
            lease=float(self.settings.node_lease),
        )

    def _changed(self) -> None:
        if self._wake:
            self._wake()

    def _reconnected(self) -> None:
        """Send a heartbeat at once: this node was silent, and its lease may be nearly over."""
        if self._heartbeats:
            self._heartbeats.send()

    def _forgetting(self) -> None:
        """Send a heartbeat at once: a snapshot can be saved after it. A node that starts sends one anyway."""
        if self._heartbeats:
            asyncio.get_running_loop().call_soon(self._heartbeats.send)  # not now: the hub is in the middle of an input

    def _differs(self, node: str) -> None:
        self._end(Stale(f"the state of the room differs from that of node {node}"))

    def _end(self, reason: JournalError) -> None:
        self._difference = reason
        asyncio.get_running_loop().call_soon(self._changed)  # not now: the hub is in the middle of an input

    async def finish(self) -> None:
        """Wait until everything that was taken is committed, and tell the others so; give up what is late."""
        if self._heartbeats is None:
            return
        hub, replica = self._heartbeats.hub, self.journal.replica
        self._heartbeats.stop()
        await self.journal.settle(self.settings.commit_timeout)
        hub.stop()
        if not self.ended and not replica.queue.unfinished:
            self._heartbeats.send()
            await self.journal.settle(self.settings.commit_timeout)
        replica.queue.give_up()
        hub.stop()

    async def close(self) -> None:
        """Disconnect."""
        if self._heartbeats:
            self._heartbeats.stop()
        await self.journal.leave()


@attrs.define(eq=False)
class HeartbeatSender:
    """Sends the heartbeats of a node, and removes the clients that the node cannot write to any more."""

    hub: Hub
    here: Address
    monitor: ClusterMonitor
    _task: asyncio.Task[None] | None = attrs.field(default=None, init=False)

    def start(self) -> None:
        """Send heartbeats until `stop` is called."""
        self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        """Send no more heartbeats."""
        if self._task:
            self._task.cancel()

    def send(self) -> None:
        """Send one heartbeat."""
        self.hub.tell(self.here, self.monitor.heartbeat())

    async def _run(self) -> None:
        while True:
            if lost := self._out_of_reach():
                self.hub.part_from(lost)
            self.send()
            await asyncio.sleep(self.monitor.lease / HEARTBEATS_PER_LEASE)

    def _out_of_reach(self) -> list[Address]:
        """Return the clients of this node that wrote to an address on which the node does not listen any more."""
        chat = self.hub.chat
        directory, node = chat.state.directory, chat.state.directory.node(self.here)
        ours = (member.address for member in chat.state.roster if directory.node(member.address) == node)
        return [address for address in ours if not directory.is_here(address)]


async def join(settings: Settings, addresses: AddressCodec, rules: Rules) -> ClusterStorage:
    """Return the storage of a node that has read its room to the end of the log; raise `JournalError`."""
    name = node_name(settings)
    if settings.journal:
        raise JournalError("--journal and --cluster both say where the room is kept: use one of them")
    if settings.takes_over == name:
        raise JournalError(f"node {name} cannot take over itself: start it again without --takes-over")
    storage = ClusterStorage(settings, rules, ClusterAddresses(name, addresses), cluster_stream(settings))
    await storage.open()
    log.info("joined the cluster", cluster=settings.cluster_name, node=name, server=storage.journal.server)
    return storage


async def look(settings: Settings) -> Chat:
    """Return the room as the cluster has it, without joining; raise `JournalError`."""
    directory = ClusterAddresses("", ConnectionCodec(OfflineAddressCodec()))
    journal = JetStreamJournal(Replica("", directory, commit_timeout=0.0), cluster_stream(settings))
    await journal.read()
    recovered = journal.recover()
    chat = Chat(ChatState(NicknameRules(UnicodeTables()), directory=directory))
    restore(chat.state, recovered.state)
    for given in recovered.inputs:
        chat.handle(given)
    return chat


def cluster_stream(settings: Settings) -> ClusterStream:
    """Return the stream of the cluster's log; raise `JournalError` if a file of the settings cannot be read."""
    urls = tuple(filter(None, (each.strip() for each in settings.cluster.split(","))))
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
    servers = NatsServers(urls, settings.cluster_credentials, tls)
    return ClusterStream(servers, settings.cluster_name, settings.cluster_replicas)


def node_name(settings: Settings) -> str:
    """Return the name of this node: by default the host name of the machine, without characters that are not valid."""
    if settings.node:
        return settings.node
    name = "".join(each for each in platform.node().partition(".")[0] if NAME.fullmatch(each))
    return name[:32] or "node"
