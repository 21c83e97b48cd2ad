"""Connections to the NATS servers of a cluster. Source: docs.nats.io, the NATS client protocol.

A connection is used until it fails, and is then thrown away with everything that it buffers: otherwise the buffer could
still send what was given up.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
import struct
from contextlib import suppress
from random import sample
from typing import Any

import attrs
import structlog
from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.aio.transport import TcpTransport
from nats.errors import ConnectionClosedError, Error, NoServersError, SecureConnWantedError
from nats.js.errors import APIError

from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.nats.replication.entries import MAX_ENTRY_BYTES

CONNECT_SECONDS = 2  # to wait for one server
MIN_PAYLOAD = MAX_ENTRY_BYTES + 1000  # bytes of a message that a server must take: an entry with its origin
SCHEMES = ("nats://", "tls://")

TROUBLE = (Error, OSError)  # failures that may end by themselves; every timeout is one of these

_DISCARD = struct.pack("ii", 1, 0)  # struct linger: closing the socket discards unsent data (socket(7))

log = structlog.get_logger(__name__)


@attrs.frozen
class NatsServers:
    """The NATS servers of a cluster, as URLs (`nats://` or `tls://`), and how to be let in.

    `credentials` is the path of a credentials file, "" for none.
    """

    urls: tuple[str, ...]
    credentials: str = ""
    tls: ssl.SSLContext | None = None

    def __str__(self) -> str:
        """Return the URLs without passwords."""
        return ", ".join(re.sub(r"//.*@", "//", url) for url in self.urls)

    async def connect(self) -> Connection:
        """Return a connection to one of the servers, tried in random order; raise one of `TROUBLE`, `JournalError`."""
        problem: Exception = OSError("no server is named")
        for url in sample(self.urls, len(self.urls)):
            try:
                return await self._connect(url)
            except TROUBLE as exc:
                problem = exc
        raise problem

    async def _connect(self, url: str) -> Connection:
        options: dict[str, Any] = {"user_credentials": self.credentials} if self.credentials else {}
        if self.tls:
            options["tls"] = self.tls
        if "://" in url and not url.startswith(SCHEMES):
            raise Error(f"{url.partition('//')[0]}// is not supported: use nats:// or tls://")
        connection = Connection(secure=bool(self.tls) or url.startswith("tls://"))
        try:
            await connection.connect(
                url,
                allow_reconnect=False,
                max_reconnect_attempts=1,  # otherwise a dead server is tried for two minutes
                reconnect_time_wait=0,
                connect_timeout=CONNECT_SECONDS,
                error_cb=connection.note,
                **options,
            )
        except NoServersError as exc:  # it does not give the reason
            await connection.cut()
            raise connection.problem or exc from exc
        except BaseException as exc:  # a cancellation too must leave nothing behind
            await connection.cut()
            if self.credentials and isinstance(exc, Exception) and not isinstance(exc, TROUBLE):  # the library's parser
                raise Error(f"there are no credentials in {self.credentials}") from exc
            raise
        if connection.max_payload < MIN_PAYLOAD:
            await connection.cut()
            raise JournalError(
                f"the NATS server takes messages of up to {connection.max_payload} bytes: set max_payload to"
                f" {MIN_PAYLOAD} or more"
            )
        return connection


class Connection(Client):
    """A connection that publishes at once, closes at once, and never sends a secret in the clear if TLS is wanted.

    It inherits from the library's client because nothing else reaches the client's socket and tasks.
    """

    def __init__(self, *, secure: bool) -> None:
        super().__init__()
        self._secure = secure
        self.problem: Exception | None = None  # the last error that the server or the library reported

    async def note(self, exc: Exception) -> None:
        """Take note of an error."""
        self.problem = exc
        log.debug("cluster connection", error=describe(exc))

    def publish_now(self, subject: str, payload: bytes) -> None:
        """Publish without the library's trips through the event loop; raise `ConnectionClosedError`."""
        if self._transport is None:
            raise ConnectionClosedError
        head = f"PUB {subject} {len(payload)}\r\n".encode()
        self._transport.write(b"".join((head, payload, b"\r\n")))

    async def cut(self, subscription: Subscription | None = None) -> None:
        """Close at once; discard what was not sent, and what `subscription` and others have not delivered."""
        # The library closes a connection only when everything is sent, which may be never; and if the connection has
        # failed, it does not end its own tasks.
        transport = self._transport
        if isinstance(transport, TcpTransport) and (writer := transport._bare_io_writer):  # noqa: SLF001 - no public access
            if not writer.transport.is_closing():
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DISCARD)
            writer.transport.abort()
        if not self.is_connected and not self.is_closed:  # it has no tasks yet
            return
        self._pending.clear()
        self._pending_data_size = 0
        tasks = [self._reading_task, self._flusher_task, self._ping_interval_task]
        for each in filter(None, (subscription, *self._subs.values())):
            each._stop_processing()  # noqa: SLF001 - the public methods wait for the server
            if (state := each._jsi) is not None:  # noqa: SLF001 - no public access
                tasks += [state._hbtask, state._fctask]  # noqa: SLF001 - no public access
        with suppress(*TROUBLE):
            await self.close()
        left = list(filter(None, tasks))
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)  # how they failed does not matter

    def _connect_command(self) -> bytes:
        if self._secure and not self._server_info.get("tls_required"):
            raise SecureConnWantedError
        return super()._connect_command()


def describe(exc: BaseException) -> str:
    """Return what went wrong as part of a sentence; some of the library's errors have no text but their name."""
    if isinstance(exc, ConnectionError) and exc.errno:
        return os.strerror(exc.errno)
    if isinstance(exc, APIError):
        return exc.description or "JetStream is not enabled, or not ready"
    return str(exc).removeprefix("nats: ") or ("no answer" if isinstance(exc, TimeoutError) else type(exc).__name__)
