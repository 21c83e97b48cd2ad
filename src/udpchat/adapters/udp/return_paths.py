"""The way back to a peer that wrote to a socket which listens everywhere: from which address, by which interface.

A netcat takes no answer from another address than the one it wrote to. The way is learnt anew from each datagram, so
that a peer may come by another one and stay who it is. It is the kernel's own record of how the datagram came (struct
in_pktinfo or in6_pktinfo), which it takes back.

What it can not do: this is Linux; elsewhere the kernel picks the address. Sources: ip(7), ipv6(7), RFC 3542 section 6.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterable
from functools import lru_cache

import attrs

from udpchat.adapters.udp.sockets import UdpAddress

IP_PKTINFO, IPV6_RECVPKTINFO, IPV6_PKTINFO = 8, 49, 50  # Linux uapi/linux/in.h and in6.h
SIZE = {socket.AF_INET: 12, socket.AF_INET6: 20}  # bytes of in_pktinfo: interface, address, address; in6_: the reverse
KIND = {socket.AF_INET: (socket.IPPROTO_IP, IP_PKTINFO), socket.AF_INET6: (socket.IPPROTO_IPV6, IPV6_PKTINFO)}
MAX_KNOWN = 1 << 17  # peers, many times more than a room has; the hub has us forget those who are not in it

_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not bound
_MULTICAST4, _MULTICAST6 = range(224, 256), 0xFF  # first bytes of such addresses (RFC 1112, RFC 4291 section 2.7)
_MAPPED = bytes(10) + b"\xff\xff"  # RFC 4291 section 2.5.5.2


def asks_for(sock: socket.socket) -> bool:
    """Have the kernel tell how each datagram came, if the socket listens everywhere; return whether it does."""
    if not listens_everywhere(sock):
        return False
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    return True


def listens_everywhere(sock: socket.socket) -> bool:
    """Say whether the path of a peer counts for the socket: it is bound to a wildcard address, and this is Linux."""
    return sys.platform == "linux" and sock.getsockname()[0] in _EVERYWHERE


@attrs.define(eq=False)
class ReturnPaths:
    """The way back to each peer, as bytes of the size of its family; `version` changes when a known one does."""

    version: int = attrs.field(default=0, init=False)
    _known: dict[UdpAddress, bytes] = attrs.field(factory=dict, init=False)

    def __len__(self) -> int:
        return len(self._known)

    def of(self, address: UdpAddress) -> bytes:
        """Return the way to a peer, or b"" if it is for the kernel to pick."""
        return self._known.get(address, b"")

    def learn(self, address: UdpAddress, path: bytes) -> None:
        """Keep how a datagram came from a peer."""
        known = self._known.get(address)
        if known == path:
            return
        if known is not None:
            self.version += 1
        elif len(self._known) >= MAX_KNOWN:
            return
        self._known[address] = path

    def forget(self, addresses: Iterable[UdpAddress]) -> None:
        """Keep nothing about these."""
        for address in addresses:
            self._known.pop(address, None)


@lru_cache(maxsize=1024)
def answerable(path: bytes) -> bytes:
    """Return a path as an answer takes it.

    The interface is kept only where the address says too little without it: for link-local addresses, and for what
    came by multicast, from which nothing can be sent, so that the kernel picks the address. Elsewhere routing decides,
    or an answer would be lost where its way differs from the way of the question.
    """
    if len(path) == SIZE[socket.AF_INET]:
        interface, local, to = path[:4], path[4:8], path[8:]
        return path if _needs_interface(local) or to[0] in _MULTICAST4 else bytes(len(interface)) + path[4:]
    local, interface = path[:16], path[16:]
    if local[0] == _MULTICAST6:
        return bytes(len(local)) + interface
    return path if _needs_interface(local.removeprefix(_MAPPED)) else local + bytes(len(interface))


def _needs_interface(local: bytes) -> bool:
    """Say whether an address is link-local (RFC 3927, RFC 4291 section 2.5.6)."""
    return local[:2] == b"\xa9\xfe" if len(local) == 4 else local[0] == 0xFE and local[1] & 0xC0 == 0x80  # noqa: PLR2004
