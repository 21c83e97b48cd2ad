"""The UDP sockets: where they listen, and what they do when the machine refuses."""

from __future__ import annotations

import errno
import socket
from typing import Any, ClassVar

import pytest

from tests.waiting import until
from udpchat.adapters import udp


def test_localhost_is_both_loopbacks_on_one_port() -> None:
    """`localhost` listens on 127.0.0.1 and ::1, on the same free port."""
    transport = udp.listen("localhost", 0)
    assert transport.port > 0
    assert transport.listening() == [f"127.0.0.1:{transport.port}", f"[::1]:{transport.port}"]
    transport.close()


def test_localhost_without_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine has no IPv6, `localhost` is 127.0.0.1 alone."""
    make = socket.socket

    def ipv4_only(family: int, *args: Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return make(family, *args)

    monkeypatch.setattr(socket, "socket", ipv4_only)
    transport = udp.listen("localhost", 0)
    assert transport.listening() == [f"127.0.0.1:{transport.port}"]
    transport.close()


class BusySocket(socket.socket):
    """A socket for which the port on ::1 is in use the first `busy` times."""

    busy: ClassVar[int]

    def bind(self, address: Any) -> None:
        """Bind, or not."""
        if self.family == socket.AF_INET6 and BusySocket.busy:
            BusySocket.busy -= 1
            raise OSError(errno.EADDRINUSE, "Address already in use")
        super().bind(address)


@pytest.mark.parametrize("busy", [1, udp.PORT_TRIES - 1])
def test_a_port_must_be_free_on_every_address(monkeypatch: pytest.MonkeyPatch, busy: int) -> None:
    """If a port that is free on the first address is in use on the second, another is tried."""
    monkeypatch.setattr(BusySocket, "busy", busy, raising=False)
    monkeypatch.setattr(socket, "socket", BusySocket)
    transport = udp.listen("localhost", 0)
    assert len(transport.listening()) == 2
    transport.close()


def test_no_port_is_free_on_every_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """After many tries, the user is told."""
    monkeypatch.setattr(BusySocket, "busy", udp.PORT_TRIES, raising=False)
    monkeypatch.setattr(socket, "socket", BusySocket)
    with pytest.raises(udp.ListenError, match=r"no port is free on all of 127\.0\.0\.1, ::1"):
        udp.listen("localhost", 0)


def test_port_in_use() -> None:
    """A port that somebody uses on either loopback is refused, and nothing stays bound."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as other:
        other.bind(("::1", 0))
        port = other.getsockname()[1]
        with pytest.raises(udp.ListenError, match=f"port {port} on localhost is in use already"):
            udp.listen("localhost", port)
    udp.listen("localhost", port).close()


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("no.such.host.invalid", "unknown host"),
        ("a" * 300, "unknown host"),
        ("203.0.113.7", "203.0.113.7 is not an address of this machine"),
    ],
)
def test_hosts_that_cannot_be_listened_on(host: str, why: str) -> None:
    """The reason is said in a sentence."""
    with pytest.raises(udp.ListenError, match=why):
        udp.listen(host, 0)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (errno.EACCES, "port 7 on localhost is not allowed for this user"),
        (errno.ENOBUFS, "cannot listen on port 7 on localhost"),
    ],
)
def test_what_the_machine_refuses(monkeypatch: pytest.MonkeyPatch, number: int, why: str) -> None:
    """Other refusals of the machine are sentences too."""

    def refuse(*_: object) -> socket.socket:
        raise OSError(number, "as the machine puts it")

    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(udp.ListenError, match=why):
        udp.listen("localhost", 7)


@pytest.mark.parametrize(
    ("sockaddr", "shown"),
    [
        (("127.0.0.1", 55265), "127.0.0.1:55265"),
        (("::1", 55265, 0, 0), "[::1]:55265"),
        (("::ffff:192.0.2.7", 1, 0, 0), "192.0.2.7:1"),
        (("fe80::1%eth0", 1, 0, 2), "[fe80::1%eth0]:1"),
    ],
)
def test_how_addresses_are_shown(sockaddr: udp.SockAddr, shown: str) -> None:
    """An IPv6 address stands in brackets, an IPv4-mapped one is shown as IPv4."""
    assert str(udp.UdpAddress(0, sockaddr)) == shown


def test_a_flood_on_one_socket_does_not_starve_the_other() -> None:
    """Each socket gets its share of a batch."""
    transport = udp.listen("localhost", 0)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as quiet,
    ):
        for _ in range(20):
            flood.sendto(b"flood", ("127.0.0.1", transport.port))
        quiet.sendto(b"quiet", ("::1", transport.port))
        got: list[bytes] = []

        def quiet_is_heard() -> bool:
            got.extend(datagram.payload for datagram in transport.receive(4))
            return b"quiet" in got

        until(quiet_is_heard)
        assert got.count(b"flood") < 20
    transport.close()


class Refusing(socket.socket):
    """A socket that cannot be read from or sent with."""

    def recvfrom(self, *_: object) -> Any:
        """Refuse as some systems do when an earlier datagram could not be delivered."""
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")

    def sendto(self, *_: Any) -> int:
        """Refuse as a firewall does."""
        raise PermissionError(errno.EPERM, "Operation not permitted")


def test_what_the_network_reports_is_survived() -> None:
    """An error on receiving or sending is neither raised nor the end of the transport."""
    with Refusing(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        transport = udp.UdpTransport([sock])
        assert transport.receive(1) == []
        transport.send(b"hi\n", [udp.UdpAddress(0, ("127.0.0.1", 9))])
