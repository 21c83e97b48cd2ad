"""Addresses of peers. Sources: RFC 3493, RFC 3986 section 3.2.2, ip(7), ipv6(7)."""

from __future__ import annotations

import socket
import struct
import sys
from functools import lru_cache
from ipaddress import IPv6Address

from udpchat.adapters.host_port import with_port
from udpchat.adapters.networks import network_of
from udpchat.domain.address import Network

MAX_KNOWN = 1 << 16  # addresses whose other form is cached: as many as a host has ports

_IPV4 = struct.Struct("=H2s4s20xI")  # sockaddr_in, padded, and the listener
_IPV6 = struct.Struct("=H2sI16sII")  # sockaddr_in6, and the listener
_LISTENER = struct.Struct("=28xI")

SockAddr = tuple[str, int] | tuple[str, int, int, int]
"""An address as the `socket` module gives it: host and port, and for IPv6 also flow label and scope."""


class UdpAddress(bytes):
    """A peer as one of our sockets sees it: 32 bytes, a padded `struct sockaddr` in 28 and the socket's number in 4.

    It is a subclass of bytes because the kernel can then read it where it is: one join of the addresses of an audience
    gives the names for one system call.
    """

    __slots__ = ()

    SIZE = _IPV6.size
    SOCKADDR_SIZE = SIZE - 4

    carrier = "udp"
    proven = False

    @property
    def listener(self) -> int:
        """The number of our socket among those that serve the room."""
        listener: int = _LISTENER.unpack(self)[0]
        return listener

    @property
    def port(self) -> bytes:
        """The peer's port in network byte order, at the same place in both families."""
        return self[2:4]

    @property
    def network(self) -> Network:
        """The network that the peer is in."""
        if int.from_bytes(self[:2], sys.byteorder) == socket.AF_INET:
            return network_of(self[4:8])
        return network_of(self[8:24])

    def __str__(self) -> str:
        return show(sockaddr_of(self))


@lru_cache(maxsize=MAX_KNOWN)
def address_of(sockaddr: SockAddr, listener: int) -> UdpAddress:
    """Return the address of a peer that the socket number `listener` sees at `sockaddr`."""
    port = sockaddr[1].to_bytes(2)
    if len(sockaddr) == 2:  # noqa: PLR2004 - host and port
        return UdpAddress(_IPV4.pack(socket.AF_INET, port, socket.inet_aton(sockaddr[0]), listener))
    host, _, flow, scope = sockaddr
    packed = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    return UdpAddress(_IPV6.pack(socket.AF_INET6, port, flow, packed, scope, listener))


@lru_cache(maxsize=MAX_KNOWN)
def sockaddr_of(address: UdpAddress) -> SockAddr:
    """Return the address in the form of the `socket` module."""
    family, port, *_ = _IPV4.unpack(address)
    if family == socket.AF_INET:
        return socket.inet_ntoa(_IPV4.unpack(address)[2]), int.from_bytes(port)
    _, _, flow, host, scope, _ = _IPV6.unpack(address)
    return socket.inet_ntop(socket.AF_INET6, host), int.from_bytes(port), flow, scope


def show(sockaddr: SockAddr) -> str:
    """Return `address:port`, with an IPv6 address in brackets, and an IPv4-mapped address as IPv4."""
    host, port = sockaddr[:2]
    mapped = IPv6Address(host).ipv4_mapped if ":" in host else None
    return with_port(str(mapped or host), port)
