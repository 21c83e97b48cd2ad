"""Where a room is kept that several servers serve: NATS with JetStream.

A stream is the order of all inputs, an object store has the snapshots, a key-value bucket the key of the room. All have
its name. Sources: docs.nats.io (JetStream, key-value store, object store), ADR-8, ADR-20.

What it can not do: change how many copies of a room there are. That is for the engine's own tools.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import suppress
from random import sample
from typing import Any

import attrs
import structlog
from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.aio.transport import TcpTransport
from nats.errors import ConnectionClosedError, Error, NoServersError, SecureConnWantedError
from nats.js import JetStreamContext
from nats.js.api import ObjectMeta, RetentionPolicy, StreamConfig, StreamInfo
from nats.js.errors import APIError, BadRequestError, KeyWrongLastSequenceError, NotFoundError
from nats.js.object_store import ObjectStore

from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.nats.entries import MAX_ENTRY_BYTES, VERSION

CONNECT_SECONDS = 2  # for which a server is waited for, at each try
PAYLOAD = MAX_ENTRY_BYTES + 1000  # bytes of a message that must be taken: a parcel, with who publishes it
SAVE_SECONDS = 30.0  # for which a snapshot may be under way to the engine
SNAPSHOTS = ("snapshot-1", "snapshot-2")  # what a node starts from, and the one before it, for who began to read it

SHORT_REPLY = 9  # words of where a message is acknowledged, where they tell no domain (ADR-15)
SCHEMES = ("nats://", "tls://")

TROUBLE = (Error, OSError)  # what may pass by itself; a timeout is one of either

_KEY, _DESCRIPTION = "key", f"udpchat, protocol {VERSION}"
_AT_ONCE = struct.pack("ii", 1, 0)  # struct linger: closing a socket throws away what was not sent (socket(7))

log = structlog.get_logger(__name__)


@attrs.frozen
class RoomStream:
    """Where the log of a room is: addresses of servers (`nats://` or `tls://`), the room, copies of what is kept."""

    servers: tuple[str, ...]
    room: str
    replicas: int = 1
    credentials: str = ""  # a file
    tls: ssl.SSLContext | None = None

    @property
    def where(self) -> str:
        """The addresses, without passwords."""
        return ", ".join(re.sub(r"//.*@", "//", server) for server in self.servers)

    @property
    def name(self) -> str:
        """The name of the room's stream, and of its buckets."""
        return f"udpchat-{self.room}"

    @property
    def subject(self) -> str:
        """The subject of the room's inputs."""
        return f"udpchat.{self.room}"

    async def connect(self) -> Connection:
        """Return a connection to one of the servers; raise one of `TROUBLE`, `JournalError`."""
        problem: Exception = OSError("no server is named")
        for server in sample(self.servers, len(self.servers)):
            try:
                return await self._connect(server)
            except TROUBLE as exc:
                problem = exc
        raise problem

    async def _connect(self, server: str) -> Connection:
        more: dict[str, Any] = {"user_credentials": self.credentials} if self.credentials else {}
        if self.tls:
            more["tls"] = self.tls
        if "://" in server and not server.startswith(SCHEMES):
            raise Error(f"{server.partition('//')[0]}// is nothing that a room is kept by: nats:// or tls:// is")
        nc = Connection(secure=bool(self.tls) or server.startswith("tls://"))

        async def note(exc: Exception) -> None:
            nc.problem = exc
            log.debug("cluster connection", error=repr(exc))

        try:
            await nc.connect(
                server,
                allow_reconnect=False,
                max_reconnect_attempts=1,  # or a server that is gone would be tried for two minutes
                reconnect_time_wait=0,
                connect_timeout=CONNECT_SECONDS,
                error_cb=note,
                **more,
            )
        except NoServersError as exc:  # which does not say why
            await nc.cut()
            raise nc.problem or exc from exc
        except BaseException as exc:  # the end of the program too must not wait for it
            await nc.cut()
            if self.credentials and isinstance(exc, Exception) and not isinstance(exc, TROUBLE):  # whatever it met
                raise Error(f"no credentials are in {self.credentials}") from exc
            raise
        if nc.max_payload < PAYLOAD:
            await nc.cut()
            raise JournalError(
                f"the cluster takes messages of {nc.max_payload} bytes only: max_payload must be {PAYLOAD}"
            )
        return nc

    async def prepare(self, js: JetStreamContext, *, begin: bool) -> str:
        """Begin the room if it is new; return what tells its log from a later one of its name.

        Raise `JournalError` if a new one may not be, or it is of another version.
        """
        config = StreamConfig(
            name=self.name,
            description=f"{_DESCRIPTION}, log {secrets.token_hex(8)}",  # of which the first that begins it counts
            subjects=[self.subject],
            num_replicas=self.replicas,
            retention=RetentionPolicy.LIMITS,
        )
        try:
            info = await js.stream_info(self.name)
        except NotFoundError as exc:
            if not begin:
                raise JournalError(f"there is no room {self.room} in the cluster") from exc
            with suppress(BadRequestError):  # another node was quicker
                await js.add_stream(config)
            info = await js.stream_info(self.name)
        log_id = identity(info)
        if not log_id:
            found = info.config.description or "something else"
            raise JournalError(f"the room {self.room} in the cluster is of {found}, this is {_DESCRIPTION}")
        try:
            await js.object_store(self.name)
        except NotFoundError:
            with suppress(BadRequestError):
                await js.create_object_store(self.name, replicas=self.replicas)
        return log_id

    async def agreed(self, js: JetStreamContext, new: bytes) -> bytes:
        """Return the key of the room: the one that it has, or `new`."""
        try:
            bucket = await js.key_value(self.name)
        except NotFoundError:
            bucket = await js.create_key_value(bucket=self.name, replicas=self.replicas)
        try:
            await bucket.create(_KEY, new)
        except KeyWrongLastSequenceError:
            return (await bucket.get(_KEY)).value or new
        return new

    async def snapshots(self, js: JetStreamContext, log_id: str) -> AsyncIterator[bytes]:
        """Yield the snapshots of a log, the last first."""
        store = await js.object_store(self.name)
        places = await _places(store, log_id)
        for name in sorted(filter(places.__getitem__, places), key=places.__getitem__, reverse=True):
            found = await store.get(name)
            if len(found.data or b"") != found.info.size:  # of which the library does not tell
                raise Error(f"the snapshot {name} came in part")
            yield found.data or b""

    async def save(self, js: JetStreamContext, log_id: str, place: int, document: bytes) -> None:
        """Write a snapshot in place of the oldest, and drop the part of the log that no start needs any more."""
        store = await js.object_store(self.name)
        places = await _places(store, log_id)
        oldest = min(SNAPSHOTS, key=places.__getitem__)
        await store.put(oldest, document, ObjectMeta(description=f"{log_id} {place}"))
        kept = filter(None, (places | {oldest: place}).values())
        await js.purge_stream(self.name, seq=min(kept) + 1)
        log.debug("snapshot saved", place=place)


class Connection(Client):
    """A connection that publishes and ends at once, and tells no secret in the clear where TLS is asked for."""

    def __init__(self, *, secure: bool) -> None:
        super().__init__()
        self._secure = secure
        self.problem: Exception | None = None  # what the server, or the library, complained about last

    def publish_now(self, subject: str, payload: bytes) -> None:
        """Publish without the library's trips through the event loop; raise `ConnectionClosedError`."""
        if self._transport is None:
            raise ConnectionClosedError
        head = f"PUB {subject} {len(payload)}\r\n".encode()
        self._transport.write(b"".join((head, payload, b"\r\n")))

    async def cut(self, subscription: Subscription | None = None) -> None:
        """End at once, with all that was not sent and all that waits for this subscription and others."""
        # The library ends a connection only when all is sent, which may be never, and where one fails it leaves its
        # tasks to themselves.
        transport = self._transport
        if isinstance(transport, TcpTransport) and (writer := transport._bare_io_writer):  # noqa: SLF001 - it shows no socket
            if not writer.transport.is_closing():
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            writer.transport.abort()
        if not self.is_connected and not self.is_closed:  # it has not come so far that there were anything else
            return
        self._pending.clear()
        self._pending_data_size = 0
        tasks = [self._reading_task, self._flusher_task, self._ping_interval_task]
        for each in filter(None, (subscription, *self._subs.values())):
            each._stop_processing()  # noqa: SLF001 - what there is to stop it waits for the server
            if (kept := each._jsi) is not None:  # noqa: SLF001 - nothing else knows these tasks
                tasks += [kept._hbtask, kept._fctask]  # noqa: SLF001 - nor any other way to end them
        with suppress(*TROUBLE):
            await self.close()
        left = list(filter(None, tasks))
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)  # whatever they failed with

    def _connect_command(self) -> bytes:
        if self._secure and not self._server_info.get("tls_required"):
            raise SecureConnWantedError
        return super()._connect_command()


def identity(info: StreamInfo) -> str:
    """Return the word that tells a stream from a later one of its name; "" for one that is no log of this version."""
    found = re.fullmatch(rf"{_DESCRIPTION}, log (\w+)", info.config.description or "")
    return found[1] if found else ""


def place_of(reply: str) -> int:
    """Return the place in the stream of a message that is acknowledged at `reply`: ADR-15 has two forms of that."""
    words = reply.split(".")
    return int(words[5] if len(words) == SHORT_REPLY else words[7])


async def _places(store: ObjectStore, log_id: str) -> dict[str, int]:
    """Return after which place of a log each snapshot is; 0 where there is none, or one of another log."""
    places = dict.fromkeys(SNAPSHOTS, 0)
    for name in SNAPSHOTS:  # the library's list of them may wait for ever
        with suppress(NotFoundError):
            match ((await store.get_info(name)).description or "").split():
                case [of, place] if of == log_id and place.isdecimal():
                    places[name] = int(place)
    return places


def said(exc: BaseException) -> str:
    """Return what went wrong as part of a sentence; some of the library's errors say nothing but their name."""
    if isinstance(exc, ConnectionError) and exc.errno:
        return os.strerror(exc.errno)
    if isinstance(exc, APIError):
        return exc.description or "JetStream is not enabled, or not ready"
    return str(exc).removeprefix("nats: ") or ("no answer" if isinstance(exc, TimeoutError) else type(exc).__name__)
