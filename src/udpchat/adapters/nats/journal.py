"""The journal of a room that several servers serve, on a stream of NATS JetStream.

Each connection is used until it fails and then thrown away, with all that waits in it: so what was given up is not sent
by a buffer that nobody looks into. A parcel is confirmed by its coming back, no acknowledgement is asked for. Sources:
docs.nats.io (JetStream, ordered consumers), ADR-15, ADR-17.

What it can not do: commit anything while most of the engine's servers are gone. What is said then is given up, and its
sender told; `replica` says what may come of it all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

import attrs
import structlog
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, stop_never, wait_random_exponential
from tenacity.stop import stop_base

from udpchat.adapters.journal.errors import JournalError, Stale, Unreadable
from udpchat.adapters.nats.replica import Gap, Replica
from udpchat.adapters.nats.stream import SAVE_SECONDS, TROUBLE, Connection, RoomStream, identity, place_of, said
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.rooms.inputs import Input

START_SECONDS = 10.0  # for which a node that starts waits for an engine that is there, but not ready
ANSWER_SECONDS = 1.0  # for which one is waited for that reads on; a log without a leader answers nothing
HEARTBEAT = 2.0  # seconds between signs of life of a stream in which nothing happens
LOOK_EVERY = 0.1  # seconds between looks at what was given up
MAX_SILENCE = 1.0  # seconds for which nothing published may come back until another connection is tried
MAX_BACKOFF = 5.0  # seconds between two tries to connect, at most; each wait is drawn at random up to its bound


log = structlog.get_logger(__name__)


def _retrying(stop: stop_base = stop_never) -> AsyncRetrying:
    """Return tries with waits in between that grow, and are drawn at random so that nodes do not all come at once."""
    backoff = wait_random_exponential(multiplier=0.1, max=MAX_BACKOFF)
    return AsyncRetrying(retry=retry_if_exception_type(TROUBLE), wait=backoff, stop=stop, reraise=True)


@attrs.define(eq=False)
class JetStreamJournal(Replica):
    """A `Journal` on a stream. `wake` is called when something was committed, given up, or has ended this node.

    `back` is called when the engine can be used again after it could not.
    """

    engine: RoomStream = attrs.field(kw_only=True)
    wake: Callable[[], None] = attrs.field(default=lambda: None, kw_only=True)
    back: Callable[[], None] = attrs.field(default=lambda: None, kw_only=True)
    key: bytes = attrs.field(default=b"", init=False)
    ended: JournalError | None = attrs.field(default=None, init=False)  # why this node can not go on
    _loop: asyncio.AbstractEventLoop = attrs.field(init=False)
    _log_id: str = attrs.field(default="", init=False)  # what tells the log from a later one of its name
    _nc: Connection | None = attrs.field(default=None, init=False)
    _reading: Subscription | None = attrs.field(default=None, init=False)
    _lost: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    _publishing: asyncio.Handle | None = attrs.field(default=None, init=False)
    _came: asyncio.Event = attrs.field(factory=asyncio.Event, init=False)
    _tasks: set[asyncio.Task[None]] = attrs.field(factory=set, init=False)

    async def open(self, new_key: bytes) -> None:
        """Connect, begin the room if it is new, and read all that is known of it; raise `JournalError`."""
        self._loop = asyncio.get_running_loop()
        await self._read(new_key)
        for work in (self._look(), self._keep()):
            self._start(work)

    async def look(self) -> None:
        """Read all that is known of a room that there is, without being a node of it; raise `JournalError`."""
        await self._read(None)
        await self.leave()

    async def _read(self, new_key: bytes | None) -> None:
        """Read all that is known of a room, which is begun if it is new and there is a key for it."""
        try:
            async with asyncio.timeout(START_SECONDS + 2 * MAX_BACKOFF):
                js = await self._connect(START_SECONDS / 2)
                # Servers that have just started, or of which one has ended, take seconds to agree on who leads them.
                async for attempt in _retrying(stop_after_delay(START_SECONDS)):
                    with attempt:
                        self._log_id = await self.engine.prepare(js, begin=new_key is not None)
                        if new_key is not None:
                            self.key = await self.engine.agreed(js, new_key)
                        await self._begin_from_snapshot(js)
            await self._follow(js)
        except (*TROUBLE, Unreadable) as exc:
            await self.leave()
            raise JournalError(f"cannot use the cluster at {self.engine.where}: {said(exc)}") from exc
        except Stale as exc:
            await self.leave()
            remedy = f"delete the stream {self.engine.name} to begin the room anew"
            raise JournalError(f"{exc}, and no snapshot has what was before: {remedy}") from exc
        except JournalError:
            await self.leave()
            raise

    async def _begin_from_snapshot(self, js: JetStreamContext) -> None:
        """Begin from the last snapshot that can be read, if there is any; raise `Unreadable` if none can be."""
        problem: Unreadable | None = None
        async for document in self.engine.snapshots(js, self._log_id):
            try:
                self.begin(document)
            except Unreadable as exc:
                problem = exc
                self._complain(f"it {exc}")
            else:
                return
        if problem:
            raise problem

    @property
    def connected_to(self) -> str:
        """The server of the engine that this node is connected to, without a password; "" for none."""
        return self._nc.connected_url.netloc.rpartition("@")[2] if self._nc and self._nc.connected_url else ""

    async def leave(self) -> None:
        """Disconnect."""
        if self._publishing is not None:
            self._publishing.cancel()
        while self._tasks:  # the library passes over a cancellation that meets it as it flushes
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(set(self._tasks), timeout=LOOK_EVERY)
        await self._drop()

    async def settle(self, seconds: float) -> None:
        """Wait until all that was taken is committed or given up, but no longer than that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.unfinished and not self.ended:
                    self._came.clear()
                    await self._came.wait()

    def append(self, inputs: Sequence[Input]) -> None:
        """Take inputs, which are published soon."""
        super().append(inputs)
        self._publish_soon()

    def keep(self, place: int, state: Snapshot) -> None:
        """Save the state after the beat at `place`, if that can be."""
        if self.remembers(place):
            self._start(self._save(place, self.document(place, state)))

    async def _connect(self, patience: float) -> JetStreamContext:
        """Have a connection in place of the one before, with so many seconds for each request; raise `JournalError`."""
        await self._drop()
        self._nc = await self.engine.connect()
        return self._nc.jetstream(timeout=patience)

    def _lose(self, reason: str) -> None:
        """Have another connection."""
        if not self._lost.is_set():
            log.warning("the room is unreachable, trying again", room=self.engine.room, reason=reason)
        self._lost.set()

    async def _follow(self, js: JetStreamContext) -> None:
        """Read on where this node is, and wait until it is where the log ends now; raise `JournalError`, `Stale`."""
        engine = self.engine
        info = await js.stream_info(engine.name)
        state = info.state
        if identity(info) != self._log_id or state.last_seq < self.last:
            raise JournalError(f"the log of the room {engine.room} was begun anew: restart all of its nodes")
        if state.first_seq > self.last + 1:
            raise Stale(f"the log of the room {engine.room} begins after input {self.last}")
        start = ConsumerConfig(deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=self.last + 1)
        reading = await js.subscribe(
            engine.subject,
            stream=engine.name,
            cb=self._deliver,
            ordered_consumer=True,
            config=start,
            idle_heartbeat=HEARTBEAT,
        )
        self._reading = reading._sub  # noqa: SLF001 - it alone knows the tasks that belong to it
        while self.last < state.last_seq and not self.ended:
            self._came.clear()
            async with asyncio.timeout(START_SECONDS):
                await self._came.wait()

    async def _deliver(self, message: Msg) -> None:
        """Take what came from the log."""
        try:
            self.arrived(place_of(message.reply), message.data)
        except Gap as exc:
            self._lose(str(exc))
        except Unreadable as exc:
            self._complain(f"the log {exc}")
        except Exception as exc:  # noqa: BLE001 - whatever a bug of ours raises: the library would only note it down
            self._failed(exc)
        if self.superseded:
            self._end(JournalError(self.superseded))
        self._came.set()
        self._publish_soon()  # there may be room for more to fly
        if self._reading is None or not self._reading.pending_msgs:  # what came together is handled together
            self.wake()

    def _complain(self, reason: str) -> None:
        log.error("journal", room=self.engine.room, reason=reason)

    def _end(self, reason: JournalError) -> None:
        self.ended = reason
        self.wake()

    def _publish_soon(self) -> None:
        """Publish what waits when the event loop gets to it, in one go with what is taken until then."""
        if self._publishing is None:
            self._publishing = self._loop.call_soon(self._publish)

    def _publish(self) -> None:
        """Publish what waits, if it may be."""
        self._publishing = None
        nc = self._nc
        # While nothing is read, what is published could be committed and be given up all the same.
        if nc is None or not nc.is_connected or self._lost.is_set():
            return
        try:
            for entry in self.outgoing():
                nc.publish_now(self.engine.subject, entry)
        except TROUBLE as exc:
            self._lose(said(exc))
        except Exception as exc:  # noqa: BLE001 - whatever a bug of ours raises: lines would be lost without a word
            self._failed(exc)

    async def _look(self) -> None:
        """Give up what is not back in time, and a connection on which nothing comes back."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            self.expire()
            self._came.set()
            if self.again:
                self._publish_soon()
            if self._refused:
                self.wake()
            if self._nc is not None and self._nc.is_closed:  # of which the library does not always tell
                self._lose("the connection has ended")
            elif self.silence() > MAX_SILENCE:
                problem = self._nc and self._nc.problem
                self._lose(said(problem) if problem else "no answer")

    async def _keep(self) -> None:
        """Have another connection whenever one is lost."""
        while True:
            await self._lost.wait()
            try:
                async for attempt in _retrying():
                    with attempt:
                        await self._follow(await self._connect(ANSWER_SECONDS))
            except JournalError as exc:
                self._end(exc)
                return
            log.info("the room is reachable again", room=self.engine.room)
            self._lost.clear()
            self.resend()
            self._publish_soon()
            self.back()

    async def _drop(self) -> None:
        """Give up the connection, with what waits in it."""
        nc, reading = self._nc, self._reading
        self._nc = self._reading = None
        if nc is not None:
            await nc.cut(reading)

    async def _save(self, place: int, document: bytes) -> None:
        if self._nc is None:
            return
        try:
            async with asyncio.timeout(SAVE_SECONDS):
                await self.engine.save(self._nc.jetstream(), self._log_id, place, document)
        except TROUBLE as exc:
            log.warning("snapshot not saved", reason=said(exc))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        """Have a bug of ours that ended a task cost a start from the log, and nothing else."""
        self._tasks.discard(task)
        if not task.cancelled() and (exc := task.exception()):
            self._failed(exc)

    def _failed(self, exc: BaseException) -> None:
        log.error("internal error, the node starts again", exception=type(exc).__name__)
        log.debug("internal error", text=str(exc))
        self._end(Stale(f"an internal error ({type(exc).__name__})"))
