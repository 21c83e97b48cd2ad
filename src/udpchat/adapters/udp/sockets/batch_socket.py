"""Linux: one system call receives a whole batch, and one sends a datagram to a whole audience.

The names of an audience stay prepared between broadcasts, so that a broadcast sets one pointer and one length. If the
datagrams of a run have one size, and the last may be shorter, the kernel gets them as one payload for each address and
cuts it at the very end (UDP_SEGMENT). This spares most of the work for all but the first.

Limit: it needs the calls of `system_calls`. Source: udp(7).
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import time
from collections.abc import Iterable, Sequence

import attrs
import structlog

from udpchat.adapters.udp.address import UdpAddress
from udpchat.adapters.udp.return_paths import ReturnPaths, request_paths
from udpchat.adapters.udp.sockets.datagram_socket import Route
from udpchat.adapters.udp.sockets.error_queue import ErrorQueue
from udpchat.adapters.udp.sockets.message_headers import MAX_RECEIVED, STRIDE, ReceiveHeaders, SendHeaders
from udpchat.adapters.udp.sockets.portable_socket import MAX_TRIES, resend
from udpchat.adapters.udp.sockets.system_calls import SystemCalls
from udpchat.adapters.udp.sockets.timestamps import ages, report_timestamps, request_timestamps
from udpchat.adapters.udp.sockets.unanswerable import own_port
from udpchat.domain.datagram import Datagram
from udpchat.domain.drop_reason import DropCounts, DropReason
from udpchat.domain.ports.carrier import LATE

MAX_SEGMENTS = 64  # datagrams that Linux cuts from one payload: UDP_MAX_SEGMENTS in its first versions
MAX_BUNDLE = 65_000  # bytes of such a payload: an IP packet has 65,535, headers included
MAX_SENT = 1024  # datagrams sent by one call: UIO_MAXIOV in Linux

_NOTHING_NOW = {errno.EAGAIN, errno.EWOULDBLOCK}

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class BatchSocket:
    """A `DatagramSocket` that uses sendmmsg(2) and recvmmsg(2), and UDP_SEGMENT if the kernel has `segments`."""

    sock: socket.socket
    listener: int
    system: SystemCalls
    segments: bool
    paths: ReturnPaths = attrs.field(factory=ReturnPaths)
    drops: DropCounts = attrs.field(factory=DropCounts)
    lost: dict[UdpAddress, int] = attrs.field(factory=dict, init=False)
    errors: ErrorQueue = attrs.field(init=False)
    _path_size: int = attrs.field(init=False)
    _receive_headers: ReceiveHeaders = attrs.field(init=False)
    _single: SendHeaders = attrs.field(init=False)  # for any one address
    _read_at: float = attrs.field(default=0.0, init=False)  # time of the last `receive`, in seconds
    _stamped: bool = attrs.field(init=False)  # the kernel can report when it received a datagram
    _reports: bool = attrs.field(default=False, init=False)  # and does so now
    _late: bool = attrs.field(default=False, init=False)  # some of what was received last had waited for long

    def __attrs_post_init__(self) -> None:
        self.errors = ErrorQueue(self.sock, self.listener)
        self._path_size = request_paths(self.sock)
        self._stamped = request_timestamps(self.sock)
        self._receive_headers = ReceiveHeaders(
            self.listener, self._path_size, own_port(self.sock), stamped=self._stamped
        )
        self._report(wanted=False)
        self._single = self._headers((UdpAddress(bytes(UdpAddress.SIZE)),), b"")

    def _headers(self, addresses: Sequence[UdpAddress], path: bytes) -> SendHeaders:
        return SendHeaders(self.sock.family, self._path_size, addresses, path)

    def _report(self, *, wanted: bool) -> None:
        """Let the kernel report the times if they are wanted. If paths follow them, it always does."""
        self._reports = self._stamped and (wanted or self._path_size > 0)
        if self._stamped:
            report_timestamps(self.sock, wanted=self._reports)

    def receive(self, limit: int) -> list[Datagram]:
        """Call recvmmsg(2) once, and again only if it fails because of a datagram that was sent."""
        now, number = time.monotonic(), min(limit, MAX_RECEIVED)
        wanted = self._late or now - self._read_at > LATE / 2
        if wanted is not self._reports and not self._path_size:
            self._report(wanted=wanted)
        self._read_at, self._late = now, False
        for _ in range(MAX_TRIES):
            headers = self._receive_headers.ready()
            received = self.system.recvmmsg(self.sock.fileno(), headers, number, socket.MSG_DONTWAIT, None)
            if received > 0:
                return self._receive_headers.taken(received, self.paths, self.drops)
            code = ctypes.get_errno()
            if received == 0 or code in _NOTHING_NOW:
                break
            log.debug("receive failed", error=os.strerror(code))
            self.errors.drain()
        return []

    def ages(self, most: float) -> Sequence[float]:
        """Return the ages by the kernel's timestamps, which it was asked for if the last `receive` was long ago."""
        found = ages(self._receive_headers.stamps() if self._reports else (), most)
        self._late = bool(found)  # what waits behind these may be late too
        return found

    def bundles(self, datagrams: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
        """Return bundles that the kernel can cut again: all of one size, except that the last may be shorter."""
        if len(datagrams) == 1:
            return (datagrams,)
        if not self.segments:
            return [(payload,) for payload in datagrams]
        bundles: list[list[bytes]] = []
        size = last = limit = 0
        for payload in datagrams:
            length = len(payload)
            if length <= size == last and len(bundles[-1]) < limit:
                bundles[-1].append(payload)
            else:
                bundles.append([payload])
                size, limit = length, min(MAX_SEGMENTS, MAX_BUNDLE // length)
            last = length
        return bundles

    def send(self, bundle: Sequence[bytes], route: Route, start: int, end: int) -> int:
        """Call sendmmsg(2) until all are done or the send buffer is full.

        A failed bundle is sent again, datagram by datagram: the error may be a report about another address, or the
        route to this address may not take a bundle (EINVAL if its path MTU is smaller). The call stops at an error, but
        does not report it if it sent something before. So the error queue is read whenever something is left undone.
        """
        fd, headers = self.sock.fileno(), route.headers or self._headers_for(route)
        first = headers.load(bundle)
        while start < end:
            number = min(end - start, MAX_SENT)
            sent = self.system.sendmmsg(fd, first + start * STRIDE, number, socket.MSG_DONTWAIT)
            if sent > 0:
                start += sent
                if sent < number:
                    self.errors.drain()
                continue
            if ctypes.get_errno() in _NOTHING_NOW:
                return start
            for payload in bundle:
                if not resend(self.errors, payload, route.addresses[start], route.path):
                    self.drops[DropReason.SEND_FAILED] += 1
                    self.lost[route.addresses[start]] = 0
            start += 1
        return end

    def _headers_for(self, route: Route) -> SendHeaders:
        """Return headers for the addresses of a route; those for several addresses are kept in the route."""
        if len(route.addresses) == 1:
            self._single.point_to(route.addresses[0], route.path)
            return self._single
        route.headers = self._headers(route.addresses, route.path)
        return route.headers
