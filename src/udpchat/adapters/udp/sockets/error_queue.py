"""The error queue of a UDP socket: reports by ICMP about datagrams that were sent.

Linux keeps a report for each such datagram, with the address that the datagram was for. A report also fails the next
call on the socket, even if that call is about another peer; reading the whole queue clears this. Reports take room in
the receive buffer, so the queue is read whenever a call fails, and not only once in each turn of the event loop.

Limit: other systems have no such queue, and a router or a firewall may send no report, or a forged one.
Sources: ip(7), ipv6(7), Linux uapi/linux/errqueue.h, RFC 792, RFC 4443.
"""

from __future__ import annotations

import socket
import struct
import sys

import attrs

from udpchat.adapters.udp.address import UdpAddress, address_of

IP_RECVERR, IPV6_RECVERR = 11, 25  # Linux uapi/linux/in.h and in6.h; Python 3.11 has no names for them
MAX_QUOTE = 1280  # bytes of the lost datagram that a report can quote: RFC 4443 section 3.1
MAX_CONTROL = 256  # bytes: the report, and the address of the router that sent it
MAX_REPORTS = 1 << 16  # reports that wait to be read by the carrier; more than a room has members

_EXTENDED_ERROR = struct.Struct("=IBBBBII")  # errno, origin, type, code, padding, info, data
_PORT_UNREACHABLE = {
    (2, 3, 3),  # SO_EE_ORIGIN_ICMP, destination unreachable, port
    (3, 1, 4),  # SO_EE_ORIGIN_ICMP6, the same
}
_REPORTS = {(socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)}
_HAS_QUEUE = sys.platform == "linux"


@attrs.frozen
class Report:
    """No program listens at the port of `address`; `quote` is the beginning of the lost datagram, and may be empty."""

    address: UdpAddress
    quote: bytes


@attrs.define(eq=False)
class ErrorQueue:
    """The reports about one socket, kept until the carrier takes them out of `waiting`."""

    sock: socket.socket
    listener: int
    waiting: list[Report] = attrs.field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        if _HAS_QUEUE:
            # IPv6 sockets need it too, for IPv4-mapped peers.
            self.sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        if _HAS_QUEUE and self.sock.family == socket.AF_INET6:
            self.sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)

    def drain(self) -> None:
        """Read the whole queue, so that no report fails the next call on the socket."""
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
    """Say whether a control message reports a closed port, and not a network or a host out of reach."""
    if (level, kind) not in _REPORTS or len(data) < _EXTENDED_ERROR.size:
        return False
    _, origin, icmp_type, code, *_ = _EXTENDED_ERROR.unpack_from(data)
    return (origin, icmp_type, code) in _PORT_UNREACHABLE
