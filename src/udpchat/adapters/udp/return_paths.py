"""The return path of a peer: the local address, and where needed the interface, from which it is answered.

A netcat ignores a reply from another address than the one it wrote to. A socket that is bound to a wildcard address has
many addresses, so the path is read from every datagram: a peer that writes to another of our addresses stays the same
peer. A path is the kernel's own record of how the datagram came (struct in_pktinfo or in6_pktinfo); the kernel accepts
the same record for a reply.

Limit: only Linux; on other systems the kernel picks the address. Sources: ip(7), ipv6(7), RFC 3542 section 6.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterable
from functools import lru_cache

import attrs

from udpchat.adapters.udp.address import UdpAddress

IP_PKTINFO, IPV6_RECVPKTINFO, IPV6_PKTINFO = 8, 49, 50  # Linux uapi/linux/in.h and in6.h
SIZE = {socket.AF_INET: 12, socket.AF_INET6: 20}  # bytes of in_pktinfo: interface, address, address; in6_: the reverse
KIND = {socket.AF_INET: (socket.IPPROTO_IP, IP_PKTINFO), socket.AF_INET6: (socket.IPPROTO_IPV6, IPV6_PKTINFO)}
MAX_KNOWN = 1 << 17  # peers, many times more than a room has; the hub calls `forget` for those that are not in a room

_WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104 - compared with, not bound
_MULTICAST4, _MULTICAST6 = range(224, 256), 0xFF  # first bytes of such addresses (RFC 1112, RFC 4291 section 2.7)
_MAPPED = bytes(10) + b"\xff\xff"  # RFC 4291 section 2.5.5.2


def path_size(sock: socket.socket) -> int:
    """Return the bytes of a path of the socket's peers, or 0 if its replies need no path."""
    return SIZE[sock.family] if sys.platform == "linux" and sock.getsockname()[0] in _WILDCARDS else 0


def request_paths(sock: socket.socket) -> int:
    """Let the kernel report the path of each datagram if replies need one; return `path_size`."""
    if size := path_size(sock):
        option = IPV6_RECVPKTINFO if sock.family == socket.AF_INET6 else IP_PKTINFO
        sock.setsockopt(KIND[sock.family][0], option, 1)
        return size
    return 0


@attrs.define(eq=False)
class ReturnPaths:
    """The path to each peer, in bytes of the size of its family.

    `known` is read for every datagram, and changed here alone. `version` grows when the path of a known peer changes.
    """

    version: int = attrs.field(default=0, init=False)
    known: dict[UdpAddress, bytes] = attrs.field(factory=dict, init=False)

    def of(self, address: UdpAddress) -> bytes:
        """Return the path to a peer, or b"" to let the kernel pick one."""
        return self.known.get(address, b"")

    def learn(self, address: UdpAddress, path: bytes) -> None:
        """Keep the path by which a datagram came from a peer."""
        known = self.known.get(address)
        if known is None:
            if len(self.known) >= MAX_KNOWN:
                return
        elif known != path:
            self.version += 1
        self.known[address] = path

    def forget(self, addresses: Iterable[UdpAddress]) -> None:
        """Drop the paths to these peers."""
        for address in addresses:
            self.known.pop(address, None)


@lru_cache(maxsize=1024)
def reply_path(path: bytes) -> bytes:
    """Return the path of a reply to a datagram that came by `path`.

    Most replies leave the interface to routing: they would be lost if the route to the peer uses another interface than
    the datagram came by. The interface is kept for link-local addresses, which mean nothing without it. It is also kept
    for a datagram that came by multicast: a multicast address cannot send, so the kernel picks the local address.
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
