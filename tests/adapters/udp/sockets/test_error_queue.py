"""The meaning of the kernel's reports: a peer that is gone, or one that cannot be reached just now."""

from __future__ import annotations

import errno
import socket
import struct
import sys
from typing import Any

import pytest

from udpchat.adapters.udp.address import address_of
from udpchat.adapters.udp.sockets.error_queue import IP_RECVERR, IPV6_RECVERR, ErrorQueue, Report

WHERE = ("127.0.0.1", 9)
LOCAL, ICMP, ICMP6 = 1, 2, 3  # SO_EE_ORIGIN_*, Linux uapi/linux/errqueue.h
V4, V6 = (socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)
Kind = tuple[int, int]


class Reporting(socket.socket):
    """A socket whose error queue has one report."""

    control: list[tuple[int, int, bytes]]

    def recvmsg(self, *_: object) -> Any:
        """Return the report, once."""
        control, self.control = self.control, []
        if not control:
            raise BlockingIOError
        return b"hello\n", control, socket.MSG_ERRQUEUE, WHERE


def reports(kind: Kind, data: bytes) -> list[Report]:
    """Return the reports of an error queue with this control message."""
    with Reporting(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.control = [(*kind, data)]
        queue = ErrorQueue(sock, 0)
        queue.drain()
        return queue.waiting


def extended_error(number: int, origin: int, what: int, code: int) -> bytes:
    """Return a struct sock_extended_err, followed by the address of the router that made it."""
    return struct.pack("=IBBBBII", number, origin, what, code, 0, 0, 0) + bytes(16)


@pytest.mark.parametrize(
    ("kind", "origin", "what", "code"), [(V4, ICMP, 3, 3), (V6, ICMP6, 1, 4), (V6, ICMP, 3, 3)], ids=str
)
def test_port_unreachable_is_reported(kind: Kind, origin: int, what: int, code: int) -> None:
    """Port unreachable, in either version of ICMP, says that the program has ended."""
    if sys.platform != "linux":
        pytest.skip("only Linux has an error queue")
    found = reports(kind, extended_error(errno.ECONNREFUSED, origin, what, code))
    assert found == [Report(address_of(WHERE, 0), b"hello\n")]


@pytest.mark.parametrize(
    ("number", "origin", "what", "code"),
    [
        (errno.ENETUNREACH, ICMP, 3, 0),
        (errno.EHOSTUNREACH, ICMP, 3, 1),
        (errno.ENOPROTOOPT, ICMP, 3, 2),
        (errno.EMSGSIZE, ICMP, 3, 4),
        (errno.EHOSTUNREACH, ICMP, 3, 13),  # forbidden by an administrator: a firewall
        (errno.EHOSTUNREACH, ICMP, 11, 0),  # time to live exceeded
        (errno.ENETUNREACH, ICMP6, 1, 0),
        (errno.EACCES, ICMP6, 1, 1),
        (errno.EHOSTUNREACH, ICMP6, 1, 3),
        (errno.EMSGSIZE, ICMP6, 2, 0),
        (errno.EHOSTUNREACH, ICMP6, 3, 0),
        (errno.EMSGSIZE, LOCAL, 0, 0),
        (errno.EHOSTUNREACH, LOCAL, 3, 3),
        (0, 0, 3, 3),
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", [V4, V6], ids=["IPv4", "IPv6"])
def test_other_errors_are_not_reported(kind: Kind, number: int, origin: int, what: int, code: int) -> None:
    """The peer may still be there if the host or the network is out of reach, or our own machine refuses."""
    assert reports(kind, extended_error(number, origin, what, code)) == []


@pytest.mark.parametrize("kind", [(socket.IPPROTO_IP, 8), (socket.SOL_SOCKET, IP_RECVERR)], ids=str)
def test_other_control_messages_are_no_reports(kind: Kind) -> None:
    """A control message of another kind, or one that is too short, is ignored."""
    closed = extended_error(errno.ECONNREFUSED, ICMP, 3, 3)
    assert reports(kind, closed) == []
    assert reports(V4, closed[:15]) == []
