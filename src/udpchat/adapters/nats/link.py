"""The connection of a node to the log of its cluster: it is made, lost, and made again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import attrs
import structlog
from nats.aio.client import ServerVersion
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error
from nats.js import JetStreamContext
from tenacity import AsyncRetrying, retry_if_exception_type, stop_never, wait_random_exponential
from tenacity.stop import stop_base

from udpchat.adapters.journal.errors import Unreadable
from udpchat.adapters.nats.connection import TROUBLE, Connection, describe
from udpchat.adapters.nats.replication.replica import Erasure, Gap, Replica
from udpchat.adapters.nats.snapshots import SnapshotStore
from udpchat.adapters.nats.stream import ClusterStream, place_of
from udpchat.adapters.nats.versions import RECOMMENDED, outdated, text

START_SECONDS = 10.0  # to wait for servers that are there, but not ready
ANSWER_SECONDS = 1.0  # to wait for an answer while reconnecting; a log without a leader does not answer
SAVE_SECONDS = 30.0  # to wait until a snapshot is saved
LOOK_SECONDS = 1.0  # to wait for an entry of the log before looking whether it is still there
READ_SECONDS = 5.0  # to wait for slower nodes before what was taken back is deleted; then they restart from a snapshot
READ_PAUSE = 0.05  # seconds from one look at how far they are to the next
MAX_SILENCE = 1.0  # seconds without anything that was published coming back, after which the connection is replaced
MAX_BACKOFF = 5.0  # seconds between two attempts to connect

log = structlog.get_logger(__name__)


def retrying(stop: stop_base = stop_never) -> AsyncRetrying:
    """Return attempts with growing pauses, which are random so that the nodes do not all come at the same moment."""
    backoff = wait_random_exponential(multiplier=0.1, max=MAX_BACKOFF)
    return AsyncRetrying(retry=retry_if_exception_type(TROUBLE), wait=backoff, stop=stop, reraise=True)


@attrs.define(eq=False)
class LogLink:
    """A link between the log and the replica of a node. `log_id` is set when the room is opened.

    `arrived` is called after the replica took an entry, `failed` with the exception of a bug.

    The class is long because everything that uses the connection must notice when it is lost.
    """

    stream: ClusterStream
    replica: Replica
    arrived: Callable[[], None]
    failed: Callable[[BaseException], None]
    log_id: str = attrs.field(default="", init=False)
    saving: bool = attrs.field(default=False, init=False)
    _warned: set[str] = attrs.field(factory=set, init=False)  # servers
    _connection: Connection | None = attrs.field(default=None, init=False)
    _subscription: Subscription | None = attrs.field(default=None, init=False)
    _lost: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    _lost_at: float = attrs.field(default=0.0, init=False)  # by the timer of the replica
    _gap: bool = attrs.field(default=False, init=False)  # in what was read since `follow` was called
    _progress: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)

    @property
    def writable(self) -> Connection | None:
        """The connection, if the node also reads: otherwise it would give up entries that are committed."""
        connection = self._connection
        return connection if connection and connection.is_connected and not self._lost.is_set() else None

    @property
    def lag(self) -> float:
        """For how many seconds the log has not answered; while the node is in step with it, less than `MAX_SILENCE`."""
        lost = self.replica.timer() - self._lost_at if self._lost.is_set() else 0.0
        return max(lost, self.replica.queue.silence())

    @property
    def more_arrived(self) -> bool:
        """Whether more entries were received that are not yet delivered."""
        return bool(self._subscription and self._subscription.pending_msgs)

    @property
    def server(self) -> str:
        """The `HOST:PORT` of the connected server, "" without a connection."""
        url = self._connection.connected_url if self._connection else None
        return url.netloc.rpartition("@")[2] if url else ""

    @property
    def snapshots(self) -> SnapshotStore:
        """The snapshots of the log."""
        return SnapshotStore(self.stream.name, self.log_id)

    async def connect(self, patience: float) -> JetStreamContext:
        """Replace the connection; each request on the new one may take `patience` seconds.

        Raise one of `TROUBLE`, or `JournalError`.
        """
        await self.drop()
        self._connection = await self.stream.servers.connect()
        self._warn_of_faults(self._connection.connected_server_version)
        return self._connection.jetstream(timeout=patience)

    def _warn_of_faults(self, version: ServerVersion) -> None:
        """Log once for each server if its release has known faults."""
        if (old := outdated(version)) and self.server not in self._warned:
            self._warned.add(self.server)
            log.warning(
                "this NATS server has known faults by which lines can be lost, see docs/clustering.md",
                server=self.server,
                version=old,
                recommended=text(RECOMMENDED),
            )

    async def follow(self, js: JetStreamContext) -> None:
        """Read on where the replica is; return when it is where the log ends now.

        Raise one of `TROUBLE`; `JournalError` if this is another log, `Stale` if the log was pruned too far.
        """
        self._gap = False
        end = await self.stream.end(js, self.log_id, self.replica.last)
        self._subscription = await self.stream.subscribe(js, self.replica.last, self._receive)
        while self.replica.last < end and not self.replica.superseded:
            if self._gap:
                await self.stream.end(js, self.log_id, self.replica.last)  # raises if the entries were just deleted
                raise Error("entries did not arrive")
            self._progress.clear()
            async with asyncio.timeout(START_SECONDS):
                while not await self._has_progress():
                    await self.stream.end(js, self.log_id, self.replica.last)  # what was deleted does not come
        self._lost.clear()

    async def _has_progress(self) -> bool:
        """Wait for an entry, but not for long; return whether any came."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._progress.wait()
        return self._progress.is_set()

    async def _receive(self, message: Msg) -> None:
        self._progress.set()
        try:
            self.replica.arrived(place_of(message.reply), message.data)
        except Gap as exc:
            self._gap = True
            self.lose(str(exc))
        except Unreadable as exc:
            self.report(f"the log {exc}")
        except Exception as exc:  # noqa: BLE001 - the library would only pass it to its error callback
            self.failed(exc)
        self.arrived()

    def check(self) -> None:
        """Lose the connection if it has ended, or if nothing that was published comes back."""
        if self._connection is not None and self._connection.is_closed:  # the library does not always report this
            self.lose("the connection has ended")
        elif self.replica.queue.silence() > MAX_SILENCE:
            problem = self._connection and self._connection.problem
            self.lose(describe(problem) if problem else "no answer")

    def lose(self, reason: str) -> None:
        """Let `reconnect` replace the connection."""
        if not self._lost.is_set():
            log.warning("the room is unreachable, trying again", cluster=self.stream.cluster, reason=reason)
            self._lost_at = self.replica.timer()
        self._lost.set()

    async def reconnect(self) -> None:
        """Wait until the connection is lost, and replace it; raise `JournalError` if this node cannot go on."""
        await self._lost.wait()
        async for attempt in retrying():
            with attempt:
                await self.follow(await self.connect(ANSWER_SECONDS))
        log.info("the room is reachable again", cluster=self.stream.cluster)
        self.replica.queue.reconnected()

    async def save(self, place: int, document: bytes, erasure: Erasure | None) -> None:
        """Save a snapshot if that is possible now; then drop the part of the log that no start needs any more.

        If something was taken back before the snapshot was taken, no earlier snapshot stays.
        """
        if self._connection is None or self.saving:
            return
        js, since = self._connection.jetstream(), None if erasure is None else min(place, erasure.by)
        self.saving = True
        try:
            async with asyncio.timeout(SAVE_SECONDS):
                oldest = await self.snapshots.save(js, place, document, since)
                if since is not None:
                    await self._await_readers(js, oldest)
                await self.stream.drop(js, oldest)
        except TROUBLE as exc:
            log.warning("snapshot not saved", reason=describe(exc))
        else:
            self.replica.erased(erasure)
            log.debug("snapshot saved", place=place)
        finally:
            self.saving = False

    async def _await_readers(self, js: JetStreamContext, last: int) -> None:
        """Wait until all nodes were sent the log up to a place; a node that is too slow restarts from the snapshot."""
        with suppress(TimeoutError):
            async with asyncio.timeout(READ_SECONDS):
                while await self.stream.unread(js, last):  # noqa: ASYNC110 - the servers tell only if asked
                    await asyncio.sleep(READ_PAUSE)

    def report(self, problem: str) -> None:
        """Log that something stored for the cluster cannot be read."""
        log.error("unreadable data skipped", cluster=self.stream.cluster, reason=problem)

    async def drop(self) -> None:
        """Close the connection, and discard what it buffers."""
        connection, subscription = self._connection, self._subscription
        self._connection = self._subscription = None
        if connection is not None:
            await connection.cut(subscription)
