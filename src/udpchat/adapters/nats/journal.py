"""The journal of a room that several servers serve, on a stream of NATS JetStream.

`replication` decides what is published and what counts; here are the network and the event loop around it. An entry is
confirmed when it is read back from the stream, so no acknowledgement is requested.

Limit: nothing is committed while most of the NATS servers are down. What clients say in that time is given up, and they
are notified; `replication.replica` describes an exception.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import attrs
import structlog

from udpchat.adapters.journal.errors import JournalError, Stale
from udpchat.adapters.nats.link import LogLink
from udpchat.adapters.nats.opening import open_room
from udpchat.adapters.nats.publisher import Publisher
from udpchat.adapters.nats.replication.replica import Replica
from udpchat.adapters.nats.stream import ClusterStream
from udpchat.adapters.nats.tasks import Tasks
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.ports.journal import Recovered
from udpchat.domain.rooms.inputs import Input

EXPIRE_EVERY = 0.1  # seconds between looks at what is overdue

log = structlog.get_logger(__name__)


def _do_nothing() -> None:
    """Do nothing."""


@attrs.define(eq=False)
class JetStreamJournal:
    """A `Journal`: the replica of a node, with its link to the log.

    `changed` is called after something was committed or expired, and when `ended` was set: the reason why this node
    cannot go on. `reconnected` is called after a lost connection was replaced, `forgetting` when a snapshot is due at
    once, after the next heartbeat. `key` is the key of the room. The class is long because it has the methods of the
    port, and those with which a node starts and leaves.
    """

    replica: Replica
    stream: ClusterStream
    changed: Callable[[], None] = _do_nothing
    reconnected: Callable[[], None] = _do_nothing
    forgetting: Callable[[], None] = _do_nothing
    key: bytes = attrs.field(default=b"", init=False)
    ended: JournalError | None = attrs.field(default=None, init=False)
    link: LogLink = attrs.field(init=False)
    _publisher: Publisher = attrs.field(init=False)
    _tasks: Tasks = attrs.field(init=False)
    _progress: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)  # something was read or given up

    def __attrs_post_init__(self) -> None:
        self.link = LogLink(self.stream, self.replica, self._arrived, self._failed)
        self._publisher = Publisher(self.link, self._failed)
        self._tasks = Tasks(self._failed)

    async def open(self, new_key: bytes) -> None:
        """Open the room, and begin to publish. A room that does not exist is created; raise `JournalError`."""
        self._publisher.start()
        await self._open(new_key)
        self._tasks.start(self._watch())
        self._tasks.start(self._stay_connected())

    async def read(self) -> None:
        """Read a room that exists, without being a node of it; raise `JournalError`."""
        await self._open(b"")
        await self.leave()

    async def _open(self, new_key: bytes) -> None:
        try:
            self.key = await open_room(self.link, new_key)
        except BaseException:
            await self.leave()
            raise

    async def leave(self) -> None:
        """Disconnect."""
        self._publisher.stop()
        await self._tasks.cancel()
        await self.link.drop()

    async def settle(self, seconds: float) -> None:
        """Wait until everything that was taken is committed or given up, but no longer than that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.replica.queue.unfinished and not self.ended:
                    self._progress.clear()
                    await self._progress.wait()

    @property
    def server(self) -> str:
        """The `HOST:PORT` of the connected NATS server, "" without a connection."""
        return self.link.server

    @property
    def commit_timeout(self) -> float:
        """Seconds after which inputs are given up."""
        return self.replica.commit_timeout

    @property
    def snapshot_due(self) -> bool:
        """Whether `save` should be called."""
        return self.replica.snapshot_due

    @property
    def full(self) -> bool:
        """Whether as many inputs wait as may."""
        return self.replica.full

    def recover(self) -> Recovered:
        """Return the state, and all inputs since."""
        return self.replica.recover()

    def append(self, inputs: Sequence[Input]) -> None:
        """Take inputs, which are published soon."""
        self.replica.append(inputs)
        self._publisher.publish_soon()

    def committed(self) -> Sequence[Input]:
        """Return the inputs that were committed since the last call."""
        return self.replica.committed()

    def expired(self) -> Sequence[Input]:
        """Return the inputs that were given up since the last call."""
        return self.replica.expired()

    def tick(self) -> None:
        """Do nothing."""

    def forget(self) -> None:
        """Let a snapshot replace all that was read so far: `save_after` tries until it is done."""
        self.replica.forget()
        self.forgetting()

    def save(self, state: Snapshot) -> None:
        """Do nothing: snapshots are saved by `save_after`."""
        self.replica.save(state)

    def save_after(self, place: int, state: Snapshot) -> None:
        """Save the state as it was after the heartbeat at `place`, if that is possible now."""
        if place in self.replica.checkpoints and not self.link.saving:
            document = self.replica.checkpoints.document(place, state)
            self._tasks.start(self.link.save(place, document, self.replica.erasure))

    def close(self) -> None:
        """Do nothing: `leave` disconnects."""
        self.replica.close()

    def _arrived(self) -> None:
        """Go on after the replica took an entry of the log."""
        if self.replica.superseded:
            self._end(JournalError(self.replica.superseded))
        self._progress.set()
        self._publisher.publish_soon()  # one entry less may be in flight
        if not self.link.more_arrived:  # entries that arrive together are handled together
            self.changed()

    async def _watch(self) -> None:
        """Give up what is not back in time, and a connection on which nothing comes back."""
        while True:
            await asyncio.sleep(EXPIRE_EVERY)
            any_expired = self.replica.expire()
            self._progress.set()
            self._publisher.publish_soon()  # what is behind an expired entry is published again
            if any_expired:
                self.changed()
            self.link.check()

    async def _stay_connected(self) -> None:
        while True:
            await self.link.reconnect()
            self._publisher.publish_soon()
            self.reconnected()

    def _end(self, reason: JournalError) -> None:
        self.ended = reason
        self.changed()

    def _failed(self, exc: BaseException) -> None:
        """End this node. After a bug of ours it can start again from the log."""
        if not isinstance(exc, JournalError):
            log.error("internal error, the node starts again", exception=type(exc).__name__)
            log.debug("internal error", text=exc)
            exc = Stale(f"an internal error ({type(exc).__name__})")
        self._end(exc)
