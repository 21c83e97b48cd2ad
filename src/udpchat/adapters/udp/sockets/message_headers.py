"""The message headers of sendmmsg(2) and recvmmsg(2), laid out in memory once and used many times.

Sources: recvmsg(2), cmsg(3), udp(7), Linux uapi/linux/udp.h.
"""

from __future__ import annotations

import ctypes
import socket
import sys
from array import array
from collections.abc import Sequence
from typing import Protocol, cast

from udpchat.adapters.udp.address import MAX_KNOWN, UdpAddress
from udpchat.adapters.udp.return_paths import KIND, ReturnPaths, reply_path
from udpchat.adapters.udp.sockets.buffers import MAX_PAYLOAD
from udpchat.adapters.udp.sockets.system_calls import SOL_UDP, UDP_SEGMENT
from udpchat.adapters.udp.sockets.timestamps import STAMP
from udpchat.adapters.udp.sockets.unanswerable import unanswerable
from udpchat.domain.datagram import Datagram
from udpchat.domain.drop_reason import DropCounts, DropReason

MAX_RECEIVED = 256  # datagrams received by one call; each has room for the largest, but only used memory is touched

_NAME_SIZE = {socket.AF_INET: 16, socket.AF_INET6: 28}  # bytes of sockaddr_in, sockaddr_in6


class _IoVec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("len", ctypes.c_size_t))


class _Payload(ctypes.Structure):  # an iovec that points into a Python bytes object and keeps it alive
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


class _ControlHeader(ctypes.Structure):  # struct cmsghdr
    _fields_ = (("len", ctypes.c_size_t), ("level", ctypes.c_int), ("type", ctypes.c_int))


class _Segment(ctypes.Structure):  # the control message of udp(7) with the size of each datagram of a payload
    _fields_ = (*_ControlHeader._fields_, ("size", ctypes.c_uint16), ("padding", ctypes.c_uint8 * 6))


class _Room(Protocol):
    """An array of `ctypes.c_char`: slices of it are bytes, and made faster than those of a memoryview."""

    raw: bytes

    def __getitem__(self, part: slice, /) -> bytes: ...


STRIDE = ctypes.sizeof(_MMsgHdr)  # bytes from one header to the next
_LENGTHS = slice(_MMsgHdr.len.offset // 4, None, STRIDE // 4)  # of headers as 32-bit words: bytes received
_POINTERS = slice(_MsgHdr.name.offset // ctypes.sizeof(ctypes.c_ulong), None, STRIDE // ctypes.sizeof(ctypes.c_ulong))
_CONTROL_HEADER = ctypes.sizeof(_ControlHeader)
_SEGMENT_SPACE = ctypes.sizeof(_Segment)


class _Origins(dict[bytes, tuple[UdpAddress, bytes, DropReason | None]]):
    """What the kernel wrote about the origin of a datagram -> its address, its return path, and why it is dropped.

    The same address is the same object each time, which dictionaries find faster.
    """

    def __init__(self, path_size: int, own_port: bytes) -> None:
        super().__init__()
        self._path_size = path_size
        self._own_port = own_port

    def __missing__(self, origin: bytes) -> tuple[UdpAddress, bytes, DropReason | None]:
        address, path = UdpAddress(origin[-UdpAddress.SIZE :]), b""
        if self._path_size:
            path = reply_path(origin[_CONTROL_HEADER : _CONTROL_HEADER + self._path_size])
        if len(self) >= MAX_KNOWN:
            self.clear()
        found = self[origin] = address, path, unanswerable(address, self._own_port)
        return found


class ReceiveHeaders:
    """Room for the datagrams of one call, and the headers that point to it.

    `path_size` is the bytes of a return path if the kernel reports one for each datagram, or else 0. `stamped` tells
    that the kernel may report the time of each datagram. If a path follows the time, it must always do so.
    """

    def __init__(self, listener: int, path_size: int, own_port: bytes, *, stamped: bool) -> None:
        path_space = socket.CMSG_SPACE(path_size) if path_size else 0
        stamp_space = socket.CMSG_SPACE(STAMP.size) if stamped else 0
        # Linux writes the time before the path. The name follows, where the kernel leaves our listener alone. So all
        # but the time is the origin of a datagram, in one piece.
        name = bytes(UdpAddress.SOCKADDR_SIZE) + listener.to_bytes(4, sys.byteorder)
        blank = bytes(stamp_space + path_space) + name
        size = len(blank)
        payloads = ctypes.create_string_buffer(MAX_RECEIVED * MAX_PAYLOAD)
        origins = ctypes.create_string_buffer(MAX_RECEIVED * blank, MAX_RECEIVED * size)
        self._vectors = (_IoVec * MAX_RECEIVED)()
        self._headers = (_MMsgHdr * MAX_RECEIVED)()
        for place in range(MAX_RECEIVED):
            self._vectors[place] = _IoVec(ctypes.addressof(payloads) + place * MAX_PAYLOAD, MAX_PAYLOAD)
            header = self._headers[place].hdr
            header.control = ctypes.addressof(origins) + place * size
            header.controllen = stamp_space + path_space
            header.name = header.control + header.controllen
            header.namelen = UdpAddress.SOCKADDR_SIZE
            header.iov = ctypes.addressof(self._vectors) + place * ctypes.sizeof(_IoVec)
            header.iovlen = 1
        self._stamps = _parts(origins, size, _CONTROL_HEADER, STAMP.size) if stamped else []
        self._places = list(
            zip(
                _parts(payloads, MAX_PAYLOAD, 0, MAX_PAYLOAD),
                _parts(origins, size, stamp_space, size - stamp_space),
                strict=True,
            )
        )
        self._header_view = memoryview(self._headers).cast("B")
        self._lengths = self._header_view.cast("I")[_LENGTHS]
        self._initial = bytes(self._header_view)
        self._used = 0
        self._learns_paths = path_size > 0
        self._known = _Origins(path_size, own_port)

    def ready(self) -> int:
        """Return the address of the headers, after undoing what the last call wrote into them."""
        end = self._used * STRIDE
        self._header_view[:end] = self._initial[:end]
        self._used = 0
        return ctypes.addressof(self._headers)

    def taken(self, number: int, paths: ReturnPaths, drops: DropCounts) -> list[Datagram]:
        """Return the first `number` datagrams without those that are `unanswerable`; learn the paths."""
        self._used = number
        known, learns_paths, known_paths = self._known, self._learns_paths, paths.known
        batch: list[Datagram] = []
        for (payload, origin), length in zip(self._places, self._lengths[:number].tolist(), strict=False):
            address, path, reason = known[origin.raw]
            if reason is not None:
                drops[reason] += 1
                continue
            if learns_paths and known_paths.get(address) is not path:
                paths.learn(address, path)
            batch.append((payload[:length], address))
        return batch

    def stamps(self) -> Sequence[bytes]:
        """Return the kernel's time of each datagram that `taken` returned last, if the kernel reported the times."""
        stamps, known = zip(self._stamps[: self._used], self._places, strict=False), self._known
        return [stamp.raw for stamp, (_, origin) in stamps if not known[origin.raw][2]]


def _parts(buffer: ctypes.Array[ctypes.c_char], stride: int, start: int, size: int) -> list[_Room]:
    """Return a part of so many bytes of each stride of a buffer."""
    kind = ctypes.c_char * size
    return [cast("_Room", kind.from_buffer(buffer, place)) for place in range(start, len(buffer), stride)]


class SendHeaders:
    """The names of some addresses, and headers that point to them, and all to one payload and one return path.

    There are two sets of headers: the first sends the payload as one datagram; the second lets the kernel cut it into
    datagrams of one size, and is made when it is needed. `path_size` is the bytes of a path where replies need one, or
    else 0. An empty path leaves local address and interface to the kernel.
    """

    def __init__(
        self, family: socket.AddressFamily, path_size: int, addresses: Sequence[UdpAddress], path: bytes
    ) -> None:
        self._number = len(addresses)
        self._names = bytearray(b"".join(addresses))
        self._name_view = memoryview(self._names)
        self._payload = _Payload()
        # The segment size stands right behind the path, so that the second set has both and the first the path alone.
        self._path_space = socket.CMSG_SPACE(path_size) if path_size else 0
        self._path_size = path_size
        self._control = bytearray(self._path_space + _SEGMENT_SPACE)
        self._path_view = memoryview(self._control)[_CONTROL_HEADER : _CONTROL_HEADER + path_size]
        if path_size:
            header = _ControlHeader(socket.CMSG_LEN(path_size), *KIND[family])
            self._control[:_CONTROL_HEADER] = bytes(header)
            self._path_view[:] = path or bytes(path_size)
        self._segment = _Segment.from_buffer(self._control, self._path_space)
        self._segment.len = _CONTROL_HEADER + ctypes.sizeof(ctypes.c_uint16)
        self._segment.level, self._segment.type = SOL_UDP, UDP_SEGMENT
        self._name_size = _NAME_SIZE[family]
        self._kept_alive: list[object] = []
        self._whole = self._headers(self._path_space)
        self._cut = 0

    def _headers(self, control_size: int) -> int:
        """Return the address of new headers with so many bytes of control messages."""
        names = ctypes.addressof(ctypes.c_char.from_buffer(self._names))
        control = ctypes.addressof(ctypes.c_char.from_buffer(self._control))
        payload = ctypes.addressof(self._payload)
        one = _MMsgHdr(_MsgHdr(names, self._name_size, payload, 1, control, control_size, 0), 0)
        headers = bytearray(bytes(one) * self._number)
        end = names + len(self._names)
        memoryview(headers).cast("L")[_POINTERS] = array("L", range(names, end, UdpAddress.SIZE))
        self._kept_alive.append(headers)
        return ctypes.addressof(ctypes.c_char.from_buffer(headers))

    def point_to(self, address: UdpAddress, path: bytes) -> None:
        """Replace the only address, and the path."""
        self._name_view[:] = address
        if self._path_size:
            self._path_view[:] = path or bytes(self._path_size)

    def load(self, bundle: Sequence[bytes]) -> int:
        """Prepare to send a bundle; return the address of the first header."""
        if len(bundle) == 1:
            (payload,) = bundle
            headers = self._whole
        else:
            payload = b"".join(bundle)
            headers = self._cut = self._cut or self._headers(self._path_space + _SEGMENT_SPACE)
            self._segment.size = len(bundle[0])
        self._payload.base, self._payload.len = payload, len(payload)
        return headers
