"""One system call for each datagram and address, through the standard library: it works on every system."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable, Sequence

import attrs
import structlog

from udpchat.adapters.udp.address import UdpAddress, address_of, sockaddr_of
from udpchat.adapters.udp.return_paths import KIND, ReturnPaths, reply_path, request_paths
from udpchat.adapters.udp.sockets.buffers import MAX_PAYLOAD
from udpchat.adapters.udp.sockets.datagram_socket import Route
from udpchat.adapters.udp.sockets.error_queue import ErrorQueue
from udpchat.adapters.udp.sockets.timestamps import STAMP, TIMESTAMP, ages, report_timestamps, request_timestamps
from udpchat.adapters.udp.sockets.unanswerable import own_port, unanswerable
from udpchat.domain.datagram import Datagram
from udpchat.domain.drop_reason import DropCounts, DropReason

MAX_TRIES = 4  # calls for one datagram; each may fail because of a report about another one

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class PortableSocket:
    """A `DatagramSocket` that uses recvmsg(2) and sendmsg(2)."""

    sock: socket.socket
    listener: int
    paths: ReturnPaths = attrs.field(factory=ReturnPaths)
    drops: DropCounts = attrs.field(factory=DropCounts)
    lost: dict[UdpAddress, int] = attrs.field(factory=dict, init=False)
    errors: ErrorQueue = attrs.field(init=False)
    _own_port: bytes = attrs.field(init=False)
    _control_size: int = attrs.field(init=False)  # bytes of the control messages with path and time of a datagram
    _stamps: list[bytes] = attrs.field(factory=list, init=False)  # of the last datagrams received, if there are any

    def __attrs_post_init__(self) -> None:
        self.errors = ErrorQueue(self.sock, self.listener)
        self._own_port = own_port(self.sock)
        size = request_paths(self.sock)
        self._control_size = socket.CMSG_SPACE(size) if size else 0
        if request_timestamps(self.sock):
            report_timestamps(self.sock, wanted=True)
            self._control_size += socket.CMSG_SPACE(STAMP.size)

    def receive(self, limit: int) -> list[Datagram]:
        """Call recvmsg(2) until nothing waits or `limit` is reached."""
        batch: list[Datagram] = []
        self._stamps.clear()
        tries = MAX_TRIES
        while len(batch) < limit:
            try:
                payload, control, _, sockaddr = self.sock.recvmsg(MAX_PAYLOAD, self._control_size, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            except OSError as exc:  # it is about a datagram that was sent; the next call may receive one
                log.debug("receive failed", error=exc.strerror)
                self.errors.drain()
                tries -= 1
                if tries:
                    continue
                break
            address = address_of(sockaddr, self.listener)
            if reason := unanswerable(address, self._own_port):
                self.drops[reason] += 1
                continue
            for level, kind, content in control:
                if (level, kind) == TIMESTAMP:
                    self._stamps.append(content)
                else:
                    self.paths.learn(address, reply_path(content))
            batch.append((payload, address))
        return batch

    def ages(self, most: float) -> Sequence[float]:
        """Return the ages by the kernel's timestamps."""
        return ages(self._stamps, most)

    def bundles(self, datagrams: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
        """Return each datagram by itself."""
        return ((payload,) for payload in datagrams)

    def send(self, bundle: Sequence[bytes], route: Route, start: int, end: int) -> int:
        """Call sendmsg(2) for each address."""
        (payload,) = bundle
        for place in range(start, end):
            address = route.addresses[place]
            try:
                send_one(self.sock, payload, address, route.path)
            except BlockingIOError:
                return place
            except OSError:
                if not resend(self.errors, payload, address, route.path):
                    self.drops[DropReason.SEND_FAILED] += 1
                    self.lost[address] = 0
        return end


def send_one(sock: socket.socket, payload: bytes, address: UdpAddress, path: bytes) -> None:
    """Send a datagram by a path; raise OSError."""
    control = [(*KIND[sock.family], path)] if path else []
    sock.sendmsg([payload], control, socket.MSG_DONTWAIT, sockaddr_of(address))


def resend(errors: ErrorQueue, payload: bytes, address: UdpAddress, path: bytes) -> bool:
    """Send a datagram that failed, after reading the reports about others; return whether that worked.

    The last try lets the kernel pick the path: this machine may no longer have the local address.
    """
    for left in range(MAX_TRIES, 0, -1):
        errors.drain()
        try:
            send_one(errors.sock, payload, address, path if left > 1 else b"")
        except OSError as exc:
            reason = exc
            if exc.errno == errno.ENOBUFS:  # the network card's own queue is full, and stays full for now
                break
        else:
            return True
    log.debug("dropped", sender=str(address), reason=DropReason.SEND_FAILED.value, error=reason.strerror)
    return False
