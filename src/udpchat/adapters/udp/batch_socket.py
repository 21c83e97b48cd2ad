"""Linux: one system call takes in a whole batch, and one sends a datagram to a whole audience.

What it can not do: it needs sendmmsg(2) and recvmmsg(2), which other systems do not have and a seccomp filter may
forbid; `supported` tells.

The names of an audience are kept ready between broadcasts: as long as the same tuple of addresses is sent to, a
broadcast sets one pointer and one length. Where a run of datagrams for one audience has one size, but for a shorter
last, the kernel gets it as one payload for each address and cuts it at the very end (UDP_SEGMENT), which spares most
of the way for all but the first. Sources: sendmmsg(2), recvmmsg(2), udp(7).
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
from collections.abc import Callable, Iterable, Sequence

import attrs
import structlog

from udpchat.adapters.udp import return_paths as ways
from udpchat.adapters.udp.carrier import SEND_TRIES, send_again
from udpchat.adapters.udp.error_queue import ErrorQueue
from udpchat.adapters.udp.message_headers import MAX_RECEIVED, SOL_UDP, STRIDE, UDP_SEGMENT, ReceiveHeaders, SendHeaders
from udpchat.adapters.udp.return_paths import ReturnPaths
from udpchat.adapters.udp.sockets import UdpAddress, own_port
from udpchat.domain.datagram import Datagram
from udpchat.domain.drop_reason import DropCounts, DropReason

MAX_SEGMENTS = 64  # datagrams that Linux cuts from one payload: UDP_MAX_SEGMENTS, in its first versions
MAX_BUNDLE = 65_000  # bytes of such a payload: an IP packet has 65,535, headers included
MAX_SENT = 1024  # datagrams sent by one call: UIO_MAXIOV in Linux

_NOTHING_NOW = {errno.EAGAIN, errno.EWOULDBLOCK}

log = structlog.get_logger(__name__)


SystemCall = Callable[[int, int, int, int], int]
"""File descriptor, address of the first header, their number, flags -> how many are done, or -1 and errno."""


@attrs.frozen
class SystemCalls:
    """The two system calls, so that a test can stand in for the kernel."""

    sendmmsg: SystemCall
    recvmmsg: SystemCall


def load() -> SystemCalls | None:
    """Return the system calls, or None where there are none."""
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        sendmmsg, recvmmsg = libc.sendmmsg, libc.recvmmsg
    except AttributeError:
        return None
    sendmmsg.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)
    recvmmsg.argtypes = (*sendmmsg.argtypes, ctypes.c_void_p)
    return SystemCalls(sendmmsg, lambda fd, headers, number, flags: int(recvmmsg(fd, headers, number, flags, None)))


def supported(calls: SystemCalls | None, sock: socket.socket) -> bool:
    """Say whether the kernel takes these calls, by asking it to send and receive nothing."""
    if calls is None:
        return False
    fd = sock.fileno()
    return calls.sendmmsg(fd, 0, 0, 0) == 0 and calls.recvmmsg(fd, 0, 0, socket.MSG_DONTWAIT) == 0


def cuts_segments(sock: socket.socket) -> bool:
    """Say whether the kernel can cut one payload into datagrams (Linux 4.18)."""
    try:
        sock.getsockopt(SOL_UDP, UDP_SEGMENT)
    except OSError:
        return False
    return True


@attrs.define(eq=False)
class BatchSocket:
    """A `DatagramSocket` that uses sendmmsg(2) and recvmmsg(2), and UDP_SEGMENT where the kernel has `segments`."""

    sock: socket.socket
    listener: int
    system: SystemCalls
    segments: bool
    paths: ReturnPaths = attrs.field(factory=ReturnPaths)
    drops: DropCounts = attrs.field(factory=DropCounts)
    errors: ErrorQueue = attrs.field(init=False)
    _own_port: bytes = attrs.field(init=False)
    _receive_headers: ReceiveHeaders = attrs.field(init=False)
    _send_headers: SendHeaders = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.errors = ErrorQueue(self.sock, self.listener)
        self._own_port = own_port(self.sock)
        path_size = ways.SIZE[self.sock.family] if ways.asks_for(self.sock) else 0
        self._receive_headers, self._send_headers = (
            ReceiveHeaders(self.listener, path_size),
            SendHeaders(self.sock.family, path_size),
        )

    def receive(self, limit: int) -> list[Datagram]:
        """Call recvmmsg(2) once, or again while what it tells are errors about datagrams that were sent."""
        for _ in range(SEND_TRIES):
            headers = self._receive_headers.ready()
            number = self.system.recvmmsg(self.sock.fileno(), headers, min(limit, MAX_RECEIVED), socket.MSG_DONTWAIT)
            if number > 0:
                return self._receive_headers.taken(number, self._own_port, self.paths, self.drops)
            code = ctypes.get_errno()
            if number == 0 or code in _NOTHING_NOW:
                break
            log.debug("receive failed", error=os.strerror(code))
            self.errors.drain()
        return []

    def bundles(self, datagrams: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
        """Yield bundles that the kernel can cut again: all of one size, but for the last, which may be shorter."""
        bundle: list[bytes] = []
        for payload in datagrams:
            if bundle and not (self.segments and self._goes_on(bundle, payload)):
                yield bundle
                bundle = []
            bundle.append(payload)
        yield bundle

    @staticmethod
    def _goes_on(bundle: list[bytes], payload: bytes) -> bool:
        """Say whether the kernel can cut `payload` from the same bundle."""
        size = len(bundle[0])
        has_room = len(bundle) < MAX_SEGMENTS and (len(bundle) + 1) * size <= MAX_BUNDLE
        return has_room and len(bundle[-1]) == size >= len(payload)

    def send(self, bundle: Sequence[bytes], addresses: Sequence[UdpAddress], path: bytes) -> int:
        """Call sendmmsg(2) until all are done with or the send buffer is full.

        What fails is sent again, datagram by datagram: the error may be another's that was pending, or the way to this
        address may not take a bundle (EINVAL where its path MTU is smaller). The call stops at an error and does not
        tell it if it sent something before, so whatever it leaves undone has the errors looked at.
        """
        fd, total, done = self.sock.fileno(), len(addresses), 0
        first = self._send_headers.load(bundle, addresses, path)
        while done < total:
            number = min(total - done, MAX_SENT)
            sent = self.system.sendmmsg(fd, first + done * STRIDE, number, socket.MSG_DONTWAIT)
            if sent > 0:
                done += sent
                if sent < number:
                    self.errors.drain()
                continue
            if ctypes.get_errno() in _NOTHING_NOW:
                return done
            for payload in bundle:
                if not send_again(self.errors, payload, addresses[done], path):
                    self.drops[DropReason.SEND_FAILED] += 1
            done += 1
        return total
