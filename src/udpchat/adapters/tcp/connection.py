"""One accepted connection: its socket, and what waits to be written to it."""

from __future__ import annotations

import socket
from collections import deque
from enum import Enum, auto

import attrs

from udpchat.adapters.tcp.address import TcpAddress
from udpchat.adapters.tcp.protocols.protocol import StreamProtocol
from udpchat.adapters.tcp.protocols.sniffing import PEEKED
from udpchat.adapters.udp.address import SockAddr
from udpchat.domain.address import Network

READ = 16 << 10  # bytes read at once from one connection: its share of a turn
MAX_UNREAD = 256 << 10  # bytes that wait for one client besides the kernel's buffer: minutes of a busy room


class State(Enum):
    """Where a connection is in its life."""

    NEW = auto()  # what it speaks is not known
    OPEN = auto()
    CLOSING = auto()  # its last bytes are being written; what comes is dropped
    CLOSED = auto()


class Lost(Exception):  # noqa: N818 - the name is the cause
    """The connection is broken."""


@attrs.define(eq=False)
class Connection:
    """A socket that does not block. Every method that uses it raises `Lost` if the connection is broken."""

    sock: socket.socket
    peer: SockAddr
    network: Network
    began: float  # seconds by the carrier's timer
    state: State = State.NEW
    protocol: StreamProtocol | None = None
    address: TcpAddress | None = None
    hears: bool = True  # the client may send more
    is_spare: bool = False  # it is silent, and perhaps a browser may not need it
    is_in: bool = False  # it was a member of the room at some time
    took_at: float = attrs.field(default=-1e9)  # time of its last payload
    watched: int = 0  # the events that the selector watches
    _queue: deque[bytes | memoryview] = attrs.field(factory=deque, init=False)
    _peeked: int = attrs.field(default=0, init=False)
    unread: int = attrs.field(default=0, init=False)  # bytes in the queue

    @property
    def speaks(self) -> StreamProtocol:
        """The protocol of a connection that is not new."""
        if self.protocol is None:
            raise RuntimeError("it is not known what the connection speaks")
        return self.protocol

    def peek(self) -> bytes | None:
        """Return the first bytes that came, and leave them there; None if the client ends with them.

        From then on the socket is readable when there are more, or the end.
        """
        try:
            first = self.sock.recv(PEEKED, socket.MSG_PEEK)
            if len(first) == self._peeked:  # it is readable, but nothing was added: it is the end
                return None
            self._peeked = len(first)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, min(len(first) + 1, PEEKED))
        except BlockingIOError:
            return b""
        except OSError as exc:
            raise Lost from exc
        return first

    def identify(self, protocol: StreamProtocol) -> None:
        """Speak this from now on: all bytes are still to be read."""
        self.protocol, self.state = protocol, State.OPEN
        if self._peeked:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)

    def write(self, data: bytes) -> None:
        """Write bytes, behind those that wait; what the kernel does not take waits."""
        written = 0 if self._queue else self._send(data)
        if written < len(data):
            self.keep(data, written)

    def keep(self, data: bytes, written: int) -> None:
        """Let bytes wait, but for the first ones, which are written."""
        self._queue.append(memoryview(data)[written:] if written else data)
        self.unread += len(data) - written

    def flush(self) -> None:
        """Write what waits, as far as the kernel takes it."""
        queue = self._queue
        while queue:
            head = queue[0]
            written = self._send(head)
            self.unread -= written
            if written < len(head):
                queue[0] = memoryview(head)[written:]
                return
            queue.popleft()

    def cut(self) -> None:
        """Forget what waits, but for the piece that was begun."""
        if self._queue:
            head = self._queue[0]
            self._queue.clear()
            self._queue.append(head)
            self.unread = len(head)

    def end_writing(self) -> None:
        """Tell the client that nothing more comes.

        It would read an error in place of the last bytes if the connection were closed before what it sent is read.
        """
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as exc:
            raise Lost from exc

    def _send(self, data: bytes | memoryview) -> int:
        try:
            return self.sock.send(data)
        except BlockingIOError:
            return 0
        except OSError as exc:
            raise Lost from exc
