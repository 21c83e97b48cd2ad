"""The error queue of a UDP socket: what ICMP reported about datagrams that were sent.

Linux keeps a report for each, and hands it out with the address that the datagram was for. The report also makes the
next call on the socket fail, whomever that one is about; reading the queue to its end clears that. Reports take room in
the receive buffer, so they are read whenever a call fails, and not only when the loop comes round.

What it can not do: other systems have no such queue, and a router or a firewall may send no report, or a forged one.
Sources: ip(7), ipv6(7), Linux uapi/linux/errqueue.h, RFC 792, RFC 4443.
"""

from __future__ import annotations

import socket
import struct
import sys

import attrs

from udpchat.adapters.udp.sockets import UdpAddress, address_of

IP_RECVERR, IPV6_RECVERR = 11, 25  # Linux uapi/linux/in.h and in6.h; Python 3.11 has no names for them
MAX_QUOTE = 1280  # bytes of the lost datagram that a report can bring: RFC 4443 section 3.1
MAX_CONTROL = 256  # bytes: the report, and an address of the router that made it
MAX_REPORTS = 1 << 16  # that wait to be asked for; more addresses than this have no ghosts

_EXTENDED_ERROR = struct.Struct("=IBBBBII")  # errno, origin, type, code, padding, info, data
_PORT_UNREACHABLE = {
    (2, 3, 3),  # SO_EE_ORIGIN_ICMP, destination unreachable, port
    (3, 1, 4),  # SO_EE_ORIGIN_ICMP6, the same
}
_REPORTS = {(socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)}
_HAS_QUEUE = sys.platform == "linux"


@attrs.frozen
class Report:
    """Nobody listens at the port of `address`; `quote` is the beginning of what was sent there, maybe empty."""

    address: UdpAddress
    quote: bytes


@attrs.define(eq=False)
class ErrorQueue:
    """The reports about one socket, gathered until they are asked for."""

    sock: socket.socket
    listener: int
    waiting: list[Report] = attrs.field(factory=list, init=False)  # to be asked for

    def __attrs_post_init__(self) -> None:
        if _HAS_QUEUE:
            self.sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)  # on IPv6 sockets too, for those who map IPv4
        if _HAS_QUEUE and self.sock.family == socket.AF_INET6:
            self.sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)

    def drain(self) -> None:
        """Read the queue to its end, so that the next call on the socket fails for nobody else's sake."""
        while _HAS_QUEUE:
            try:
                quote, control, _, sockaddr = self.sock.recvmsg(
                    MAX_QUOTE, MAX_CONTROL, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT
                )
            except OSError:
                return
            if len(self.waiting) < MAX_REPORTS and any(_is_port_unreachable(*message) for message in control):
                self.waiting.append(Report(address_of(sockaddr, self.listener), quote))


def _is_port_unreachable(level: int, kind: int, data: bytes) -> bool:
    """Say whether a control message tells that a port is nobody's, and not that the way there is blocked."""
    if (level, kind) not in _REPORTS or len(data) < _EXTENDED_ERROR.size:
        return False
    _, *what = _EXTENDED_ERROR.unpack_from(data)
    return tuple(what[:3]) in _PORT_UNREACHABLE
