"""Linux: one system call takes in a whole batch, and one sends a datagram to a whole audience.

What it can not do: it needs sendmmsg(2) and recvmmsg(2), which other systems do not have and a seccomp filter may
forbid; `supported` tells.

The names of an audience are kept ready between broadcasts: as long as the same tuple of addresses is sent to, a
broadcast sets one pointer and one length. Where a run of datagrams for one audience has one size, but for a shorter
last, the kernel gets it as one payload for each address and cuts it at the very end (UDP_SEGMENT), which spares most
of the way for all but the first. Sources: sendmmsg(2), recvmmsg(2), udp(7), Linux uapi/linux/udp.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import attrs
import structlog

from udpchat.adapters.sockets import MAX_KNOWN, MAX_PAYLOAD, UdpAddress, is_this_machine, own_port, sockaddr_of
from udpchat.domain.ports import Datagram

MAX_RECEIVED = 256  # datagrams taken by one call; each has room for the largest, of which only what is used is touched
SOL_UDP, UDP_SEGMENT = 17, 103  # Linux uapi/linux/udp.h; Python has no names for them
MAX_SEGMENTS = 64  # datagrams that Linux cuts from one payload: UDP_MAX_SEGMENTS, in its first versions
MAX_BUNDLE = 65_000  # bytes of such a payload: an IP packet has 65,535, headers included
MAX_SENT = 1024  # datagrams sent by one call: UIO_MAXIOV in Linux
FIRST_NAMES = 64  # addresses there is room for at first

_NOTHING_NOW = {errno.EAGAIN, errno.EWOULDBLOCK}
_NAME_SIZE = {socket.AF_INET: 16, socket.AF_INET6: 28}  # bytes of sockaddr_in, sockaddr_in6

# The same address is the same object, which dictionaries find faster.
_address = lru_cache(maxsize=MAX_KNOWN)(UdpAddress)

log = structlog.get_logger(__name__)


class _IoVec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("len", ctypes.c_size_t))


class _Payload(ctypes.Structure):  # an iovec that takes Python bytes as they are and keeps them alive
    _fields_ = (("base", ctypes.c_char_p), ("len", ctypes.c_size_t))


class _MsgHdr(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("namelen", ctypes.c_uint32),
        ("iov", ctypes.c_void_p),
        ("iovlen", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("controllen", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _MMsgHdr(ctypes.Structure):
    _fields_ = (("hdr", _MsgHdr), ("len", ctypes.c_uint32))


class _SegmentHeader(ctypes.Structure):  # struct cmsghdr
    _fields_ = (("len", ctypes.c_size_t), ("level", ctypes.c_int), ("type", ctypes.c_int))


class _Segment(ctypes.Structure):  # the control message of udp(7) that says how long each datagram of a payload is
    _fields_ = (*_SegmentHeader._fields_, ("size", ctypes.c_uint16), ("padding", ctypes.c_uint8 * 6))


_STRIDE = ctypes.sizeof(_MMsgHdr)
_LEN_STRIDE = _STRIDE // ctypes.sizeof(ctypes.c_uint32)
_LEN_PLACE = _MMsgHdr.len.offset // ctypes.sizeof(ctypes.c_uint32)

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


class _Inbox:
    """Room for the datagrams of one call, and the headers that point to it."""

    def __init__(self, listener: int) -> None:
        self._payloads = ctypes.create_string_buffer(MAX_RECEIVED * MAX_PAYLOAD)
        # The kernel writes a sockaddr into each name and leaves the listener behind it, so a name is a whole address.
        blank = bytes(UdpAddress.SOCKADDR_SIZE) + listener.to_bytes(4, sys.byteorder)
        self._names = ctypes.create_string_buffer(MAX_RECEIVED * blank, MAX_RECEIVED * UdpAddress.SIZE)
        self._vectors = (_IoVec * MAX_RECEIVED)()
        self._headers = (_MMsgHdr * MAX_RECEIVED)()
        for place in range(MAX_RECEIVED):
            self._vectors[place] = _IoVec(ctypes.addressof(self._payloads) + place * MAX_PAYLOAD, MAX_PAYLOAD)
            self._headers[place].hdr.name = ctypes.addressof(self._names) + place * UdpAddress.SIZE
            self._headers[place].hdr.namelen = UdpAddress.SOCKADDR_SIZE
            self._headers[place].hdr.iov = ctypes.addressof(self._vectors) + place * ctypes.sizeof(_IoVec)
            self._headers[place].hdr.iovlen = 1
        self._payload_view = memoryview(self._payloads).cast("B")
        self._name_view = memoryview(self._names).cast("B")
        self._header_view = memoryview(self._headers).cast("B")
        self._lengths = self._header_view.cast("I")[_LEN_PLACE::_LEN_STRIDE]
        self._fresh = bytes(self._header_view)
        self._used = 0

    def ready(self) -> int:
        """Return the address of the headers, set back to what they were before the last call wrote into them."""
        end = self._used * _STRIDE
        self._header_view[:end] = self._fresh[:end]
        return ctypes.addressof(self._headers)

    def taken(self, number: int, own_port: bytes) -> list[Datagram]:
        """Return the first `number` datagrams, without those from our own port on this machine."""
        self._used = number
        names = self._name_view[: number * UdpAddress.SIZE].tobytes()
        batch, start, name = [], 0, 0
        view, size = self._payload_view, UdpAddress.SIZE
        for length in self._lengths[:number]:
            address = _address(names[name : name + size])
            if names[name + 2 : name + 4] != own_port or not is_this_machine(address):
                batch.append(Datagram(view[start : start + length].tobytes(), address))
            start += MAX_PAYLOAD
            name += size
        return batch


class _Outbox:
    """The names of an audience, and two sets of headers that point to them and all to one payload.

    One set sends the payload as it is, the other has the kernel cut it into datagrams of a given size.
    """

    def __init__(self, name_size: int) -> None:
        self._name_size = name_size
        self._audience: Sequence[UdpAddress] = ()
        self._payload = _Payload()
        self._segment = _Segment(ctypes.sizeof(_SegmentHeader) + ctypes.sizeof(ctypes.c_uint16), SOL_UDP, UDP_SEGMENT)
        self._make_room(FIRST_NAMES)

    def _make_room(self, room: int) -> None:
        self._room = room
        self._names = ctypes.create_string_buffer(room * UdpAddress.SIZE)
        self._name_view = memoryview(self._names).cast("B")
        self._whole, self._segmented = (_MMsgHdr * room)(), (_MMsgHdr * room)()
        for headers in (self._whole, self._segmented):
            for place in range(room):
                headers[place].hdr.name = ctypes.addressof(self._names) + place * UdpAddress.SIZE
                headers[place].hdr.namelen = self._name_size
                headers[place].hdr.iov = ctypes.addressof(self._payload)
                headers[place].hdr.iovlen = 1
        for place in range(room):
            self._segmented[place].hdr.control = ctypes.addressof(self._segment)
            self._segmented[place].hdr.controllen = ctypes.sizeof(self._segment)

    def load(self, bundle: Sequence[bytes], addresses: Sequence[UdpAddress]) -> int:
        """Make ready to send `bundle` to `addresses`; return the address of the first header.

        Nothing but the payload changes if the addresses are the very ones of last time.
        """
        payload = bundle[0] if len(bundle) == 1 else b"".join(bundle)
        self._payload.base, self._payload.len = payload, len(payload)
        if addresses is not self._audience:
            if len(addresses) > self._room:
                self._make_room(2 * len(addresses))
            self._audience = addresses
            self._name_view[: len(addresses) * UdpAddress.SIZE] = b"".join(addresses)
        if len(bundle) == 1:
            return ctypes.addressof(self._whole)
        self._segment.size = len(bundle[0])
        return ctypes.addressof(self._segmented)


def cuts_segments(sock: socket.socket) -> bool:
    """Say whether the kernel can cut one payload into datagrams (Linux 4.18)."""
    try:
        sock.getsockopt(SOL_UDP, UDP_SEGMENT)
    except OSError:
        return False
    return True


@attrs.define(eq=False)
class BatchCalls:
    """`udp.Calls` of one socket, by sendmmsg(2) and recvmmsg(2), and where it has `segments` by UDP_SEGMENT too."""

    sock: socket.socket
    listener: int
    system: SystemCalls
    segments: bool
    _own_port: bytes = attrs.field(init=False)
    _inbox: _Inbox = attrs.field(init=False)
    _outbox: _Outbox = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._own_port = own_port(self.sock)
        self._inbox = _Inbox(self.listener)
        self._outbox = _Outbox(_NAME_SIZE[self.sock.family])

    def receive(self, limit: int) -> list[Datagram]:
        """Call recvmmsg(2) once."""
        headers = self._inbox.ready()
        number = self.system.recvmmsg(self.sock.fileno(), headers, min(limit, MAX_RECEIVED), socket.MSG_DONTWAIT)
        if number < 0:
            code = ctypes.get_errno()
            if code not in _NOTHING_NOW:
                log.debug("receive failed", error=os.strerror(code))
            return []
        return self._inbox.taken(number, self._own_port)

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

    def send(self, bundle: Sequence[bytes], addresses: Sequence[UdpAddress]) -> int:
        """Call sendmmsg(2) until all are done with or the send buffer is full.

        What fails is tried once more, datagram by datagram: the error may be another's that was pending, or the way
        to this address may not take a bundle (EINVAL where its path MTU is smaller). Then it is given up.
        """
        fd, total, done = self.sock.fileno(), len(addresses), 0
        first = self._outbox.load(bundle, addresses)
        while done < total:
            number = min(total - done, MAX_SENT)
            sent = self.system.sendmmsg(fd, first + done * _STRIDE, number, socket.MSG_DONTWAIT)
            if sent > 0:
                done += sent
                continue
            if ctypes.get_errno() in _NOTHING_NOW:
                return done
            self._retry(bundle, addresses[done])
            done += 1
        return total

    def _retry(self, bundle: Sequence[bytes], address: UdpAddress) -> None:
        for payload in bundle:
            try:
                self.sock.sendto(payload, socket.MSG_DONTWAIT, sockaddr_of(address))
            except OSError as exc:
                log.debug("send failed", address=str(address), error=exc.strerror)
