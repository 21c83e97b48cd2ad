"""The Unix socket itself. Its mode is 0600, so only its owner and root can connect. Sources: unix(7), umask(2)."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import attrs
import structlog

from udpchat.adapters.admin.messages import AdminError, Answer, Request, answer, encode, request

ANSWER_SECONDS = 30.0  # a cluster may need some seconds to commit an act
MAX_CONNECTIONS = 16  # at once: of people, and of a few scripts
REQUEST_SECONDS = 10.0  # from the connection to the end of the request
PROBE_SECONDS = 1.0  # to find out whether a server uses a socket; a start must not wait for one that hangs
MAX_REQUEST = 64 << 10  # bytes
MAX_PATH = 107  # bytes of the path of a Unix socket, without the zero at its end

_CREDENTIALS = struct.Struct("3i")  # process, user, group

Handler = Callable[[Request], Awaitable[Answer]]
"""Does what is asked for."""

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class AdminSocket:
    """Serves requests. `path` is removed at the end if it is still that of this socket."""

    path: Path
    handle: Handler
    _server: asyncio.Server | None = attrs.field(default=None, init=False)
    _inode: int = attrs.field(default=0, init=False)
    _connections: set[asyncio.Task[None]] = attrs.field(factory=set, init=False)

    async def open(self) -> None:
        """Listen. A socket that no server listens on any more is replaced; raise `AdminError`."""
        bound = _bound(self.path)
        self._inode = self.path.stat().st_ino
        self._server = await asyncio.start_unix_server(self._connected, sock=bound, limit=MAX_REQUEST)

    async def close(self) -> None:
        """Stop listening, and end all connections."""
        if self._server is None:
            return
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        with suppress(OSError):
            if self.path.stat().st_ino == self._inode:
                self.path.unlink()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._connections) >= MAX_CONNECTIONS:
            writer.close()
            return
        self._connections.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asked has gone, or sent no request
        finally:
            self._connections.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        async with asyncio.timeout(REQUEST_SECONDS):
            line = await reader.readuntil(b"\n")
        process, user = peer_of(writer)
        try:
            asked = request(line)
            log.info("admin", command=asked.word, user=user, process=process)
            async with asyncio.timeout(ANSWER_SECONDS):
                found = await self.handle(asked)
        except AdminError as exc:
            found = Answer((f"error - {exc}",), done=False)
        except TimeoutError:
            found = Answer(("error - the room did not answer in time",), done=False)
        writer.write(encode(found))
        async with asyncio.timeout(ANSWER_SECONDS):  # who asked may not read
            await writer.drain()


def peer_of(writer: asyncio.StreamWriter) -> tuple[int, int]:
    """Return the process and the user at the other end (SO_PEERCRED), -1 where the system does not tell."""
    if not hasattr(socket, "SO_PEERCRED"):
        return -1, -1
    peer = writer.get_extra_info("socket")
    process, user, _ = _CREDENTIALS.unpack(peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return process, user


def _bound(path: Path) -> socket.socket:
    """Return a socket bound to a path that no other server uses; raise `AdminError`."""
    if len(os.fsencode(path)) > MAX_PATH:
        raise AdminError(f"cannot open the admin socket {path}: its path has more than {MAX_PATH} bytes")
    bound = socket.socket(socket.AF_UNIX)
    mask = os.umask(0o177)  # nobody else may connect, not even for a moment
    try:
        _remove_stale(path)
        bound.bind(str(path))
    except OSError as exc:
        bound.close()
        raise AdminError(f"cannot open the admin socket {path}: {exc.strerror or exc}") from exc
    finally:
        os.umask(mask)
    return bound


def _remove_stale(path: Path) -> None:
    """Remove a socket on which no server listens; raise OSError if one does, or if it is another kind of file."""
    if not path.is_socket():
        return  # if there is a file, bind fails
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(PROBE_SECONDS)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except (BlockingIOError, TimeoutError):
            pass  # so many wait for the server that uses it that it takes no more, or it is stopped
    raise OSError(f"another server uses it: {path}")


def ask(path: Path, asked: Request) -> Answer:
    """Send a request to a server, and return its answer; raise `AdminError`."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(ANSWER_SECONDS + REQUEST_SECONDS)
            client.connect(str(path))
            client.sendall(encode(asked))
            with client.makefile("rb") as lines:
                line = lines.readline()  # it may list all clients of a large room
    except OSError as exc:
        raise AdminError(f"cannot reach a server at {path}: {exc.strerror or exc}") from exc
    return answer(line)
