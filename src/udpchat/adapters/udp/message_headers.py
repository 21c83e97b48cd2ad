"""The message headers of sendmmsg(2) and recvmmsg(2), laid out in memory once and used again and again.

Sources: recvmsg(2), cmsg(3), udp(7), Linux uapi/linux/udp.h.
"""

from __future__ import annotations

import ctypes
import socket
import sys
from collections.abc import Sequence
from functools import lru_cache

from udpchat.adapters.udp import return_paths as ways
from udpchat.adapters.udp.return_paths import ReturnPaths
from udpchat.adapters.udp.sockets import MAX_KNOWN, MAX_PAYLOAD, NO_PORT, UdpAddress, unanswerable
from udpchat.domain.datagram import Datagram
from udpchat.domain.drop_reason import DropCounts

MAX_RECEIVED = 256  # datagrams taken by one call; each has room for the largest, of which only what is used is touched
SOL_UDP, UDP_SEGMENT = 17, 103  # Linux uapi/linux/udp.h; Python has no names for them
FIRST_NAMES = 64  # addresses there is room for at first

_NAME_SIZE = {socket.AF_INET: 16, socket.AF_INET6: 28}  # bytes of sockaddr_in, sockaddr_in6

# The same address is the same object, which dictionaries find faster.
_address = lru_cache(maxsize=MAX_KNOWN)(UdpAddress)


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


class _ControlHeader(ctypes.Structure):  # struct cmsghdr
    _fields_ = (("len", ctypes.c_size_t), ("level", ctypes.c_int), ("type", ctypes.c_int))


class _Segment(ctypes.Structure):  # the control message of udp(7) that says how long each datagram of a payload is
    _fields_ = (*_ControlHeader._fields_, ("size", ctypes.c_uint16), ("padding", ctypes.c_uint8 * 6))


_SEGMENT_SPACE = ctypes.sizeof(_Segment)
_CONTROL_HEADER = ctypes.sizeof(_ControlHeader)
_MAX_PATH = socket.CMSG_SPACE(max(ways.SIZE.values()))  # bytes of a control message that holds a path


STRIDE = ctypes.sizeof(_MMsgHdr)
_LEN_STRIDE = STRIDE // ctypes.sizeof(ctypes.c_uint32)
_LEN_PLACE = _MMsgHdr.len.offset // ctypes.sizeof(ctypes.c_uint32)


class ReceiveHeaders:
    """Room for the datagrams of one call, and the headers that point to it.

    Where the way of each datagram is told too, `path_size` is its bytes, else 0.
    """

    def __init__(self, listener: int, path_size: int) -> None:
        self._path_size = path_size
        self._control_size = socket.CMSG_SPACE(path_size) if path_size else 0
        self._controls = ctypes.create_string_buffer(MAX_RECEIVED * self._control_size + 1)
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
            self._headers[place].hdr.control = ctypes.addressof(self._controls) + place * self._control_size
            self._headers[place].hdr.controllen = self._control_size
        self._control_view = memoryview(self._controls).cast("B")
        self._payload_view = memoryview(self._payloads).cast("B")
        self._name_view = memoryview(self._names).cast("B")
        self._header_view = memoryview(self._headers).cast("B")
        self._lengths = self._header_view.cast("I")[_LEN_PLACE::_LEN_STRIDE]
        self._fresh = bytes(self._header_view)
        self._used = 0

    def ready(self) -> int:
        """Return the address of the headers, set back to what they were before the last call wrote into them."""
        end = self._used * STRIDE
        self._header_view[:end] = self._fresh[:end]
        return ctypes.addressof(self._headers)

    def taken(self, number: int, own_port: bytes, paths: ReturnPaths, drops: DropCounts) -> list[Datagram]:
        """Return the first `number` datagrams, without the unanswerable, which are counted; learn the paths."""
        self._used = number
        names = self._name_view[: number * UdpAddress.SIZE].tobytes()
        odd, path_size = (own_port, NO_PORT), self._path_size
        batch, start, name, control = [], 0, 0, _CONTROL_HEADER
        view, size = self._payload_view, UdpAddress.SIZE
        for length in self._lengths[:number]:
            address = _address(names[name : name + size])
            if names[name + 2 : name + 4] in odd and (reason := unanswerable(address, own_port)):
                drops[reason] += 1
            else:
                batch.append(Datagram(view[start : start + length].tobytes(), address))
                if path_size:
                    path = self._control_view[control : control + path_size].tobytes()
                    paths.learn(address, ways.answerable(path))
            start += MAX_PAYLOAD
            name += size
            control += self._control_size
        return batch


class SendHeaders:
    """The names of an audience, and two sets of headers that point to them and all to one payload and one path.

    One set sends the payload as it is, the other has the kernel cut it into datagrams of a given size. A path of no
    interface and no address leaves both to the kernel.
    """

    def __init__(self, family: socket.AddressFamily, path_size: int) -> None:
        self._name_size = _NAME_SIZE[family]
        self._path_size = path_size
        # The path stands right before the segment size, so that one header has both and another the path alone.
        self._path_space = socket.CMSG_SPACE(self._path_size) if path_size else 0
        self._control = ctypes.create_string_buffer(_MAX_PATH + _SEGMENT_SPACE)
        self._control_view = memoryview(self._control).cast("B")
        self._control_start = _MAX_PATH - self._path_space
        level, kind = ways.KIND[family]
        header = _ControlHeader(socket.CMSG_LEN(self._path_size), level, kind)
        if path_size:
            self._control_view[self._control_start : self._control_start + _CONTROL_HEADER] = bytes(header)
        self._segment = _Segment.from_buffer(self._control, _MAX_PATH)
        self._segment.len = _CONTROL_HEADER + ctypes.sizeof(ctypes.c_uint16)
        self._segment.level, self._segment.type = SOL_UDP, UDP_SEGMENT
        self._audience: Sequence[UdpAddress] = ()
        self._payload = _Payload()
        self._make_room(FIRST_NAMES)

    def _make_room(self, room: int) -> None:
        self._room = room
        self._names = ctypes.create_string_buffer(room * UdpAddress.SIZE)
        self._name_view = memoryview(self._names).cast("B")
        self._whole, self._segmented = (_MMsgHdr * room)(), (_MMsgHdr * room)()
        control = ctypes.addressof(self._control) + self._control_start
        for headers, size in ((self._whole, self._path_space), (self._segmented, self._path_space + _SEGMENT_SPACE)):
            for place in range(room):
                headers[place].hdr.name = ctypes.addressof(self._names) + place * UdpAddress.SIZE
                headers[place].hdr.namelen = self._name_size
                headers[place].hdr.iov = ctypes.addressof(self._payload)
                headers[place].hdr.iovlen = 1
                headers[place].hdr.control = control
                headers[place].hdr.controllen = size

    def load(self, bundle: Sequence[bytes], addresses: Sequence[UdpAddress], path: bytes) -> int:
        """Make ready to send `bundle` to `addresses` by `path`; return the address of the first header.

        Nothing but the payload changes if the addresses are the very ones of last time.
        """
        payload = bundle[0] if len(bundle) == 1 else b"".join(bundle)
        self._payload.base, self._payload.len = payload, len(payload)
        if addresses is not self._audience:
            if len(addresses) > self._room:
                self._make_room(2 * len(addresses))
            self._audience = addresses
            self._name_view[: len(addresses) * UdpAddress.SIZE] = b"".join(addresses)
        if self._path_size:
            start = self._control_start + _CONTROL_HEADER
            self._control_view[start : start + self._path_size] = path or bytes(self._path_size)
        if len(bundle) == 1:
            return ctypes.addressof(self._whole)
        self._segment.size = len(bundle[0])
        return ctypes.addressof(self._segmented)
