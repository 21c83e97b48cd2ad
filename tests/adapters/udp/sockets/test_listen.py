"""Bound sockets for a host name, and the errors when the machine refuses."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.app.clients.processes import needs_ipv6
from udpchat.adapters.udp.address import show
from udpchat.adapters.udp.sockets.listen import PORT_TRIES, ListenError, listen


@contextmanager
def bound(host: str, port: int = 0) -> Iterator[list[str]]:
    """Listen, and give the addresses."""
    made = listen(host, port)
    try:
        yield [show(sock.getsockname()) for sock in made]
    finally:
        for sock in made:
            sock.close()


def test_localhost_is_both_loopbacks_on_one_port() -> None:
    """`localhost` listens on 127.0.0.1 and ::1, on the same free port."""
    needs_ipv6()
    with bound("localhost") as listening:
        port = listening[0].partition(":")[2]
        assert int(port) > 0
        assert listening == [f"127.0.0.1:{port}", f"[::1]:{port}"]


@pytest.mark.parametrize(
    ("host", "address"),
    [("LOCALHOST", "127.0.0.1"), ("[::1]", "[::1]"), ("::ffff:127.0.0.1", "127.0.0.1"), ("127.1", "127.0.0.1")],
)
def test_other_spellings(host: str, address: str) -> None:
    """A host may be in capitals, in brackets, or IPv4 in IPv6 form."""
    needs_ipv6()
    with bound(host) as listening:
        assert listening[0].rpartition(":")[0] == address


def test_link_local() -> None:
    """A link-local address is listened on with its scope."""
    needs_ipv6()
    links = Path("/proc/net/if_inet6").read_text(encoding="ascii").split()
    scoped = [(links[at], links[at + 5]) for at in range(0, len(links), 6) if links[at].startswith("fe80")]
    if not scoped:
        pytest.skip("no interface of this machine has a link-local address")
    host, interface = str(IPv6Address(bytes.fromhex(scoped[0][0]))), scoped[0][1]
    with bound(f"{host}%{interface}") as listening:
        assert listening[0].startswith(f"[{host}")


def test_localhost_without_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the machine has no IPv6, `localhost` is 127.0.0.1 alone."""
    make = socket.socket

    def ipv4_only(family: int, *args: Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return make(family, *args)

    monkeypatch.setattr(socket, "socket", ipv4_only)
    with bound("localhost") as listening:
        assert [each.partition(":")[0] for each in listening] == ["127.0.0.1"]


class BusySocket(socket.socket):
    """A socket for which the port on ::1 is in use the first `busy` times."""

    busy: ClassVar[int]

    def bind(self, address: Any) -> None:
        """Bind, or not."""
        if self.family == socket.AF_INET6 and BusySocket.busy:
            BusySocket.busy -= 1
            raise OSError(errno.EADDRINUSE, "Address already in use")
        super().bind(address)


@pytest.mark.parametrize("busy", [1, PORT_TRIES - 1])
def test_a_port_must_be_free_on_every_address(monkeypatch: pytest.MonkeyPatch, busy: int) -> None:
    """If a port that is free on the first address is in use on the second, another is tried."""
    monkeypatch.setattr(BusySocket, "busy", busy, raising=False)
    monkeypatch.setattr(socket, "socket", BusySocket)
    with bound("localhost") as listening:
        assert len(listening) == 2


def test_no_port_is_free_on_every_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """After many tries, it is an error with a sentence for the user."""
    monkeypatch.setattr(BusySocket, "busy", PORT_TRIES, raising=False)
    monkeypatch.setattr(socket, "socket", BusySocket)
    with pytest.raises(ListenError, match=r"no port is free on all of 127\.0\.0\.1, ::1"):
        listen("localhost", 0)


def test_port_in_use() -> None:
    """A port that is in use on either loopback is refused, and nothing stays bound."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as other:
        other.bind(("::1", 0))
        port = other.getsockname()[1]
        with pytest.raises(ListenError, match=f"port {port} on localhost is in use already"):
            listen("localhost", port)
    with bound("localhost", port) as listening:
        assert len(listening) == 2


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("no.such.host.invalid", "unknown host"),
        ("a" * 300, "unknown host"),
        ("", "unknown host ''"),
        ("203.0.113.7", "203.0.113.7 is not an address of this machine"),
    ],
)
def test_hosts_that_cannot_be_listened_on(host: str, why: str) -> None:
    """The reason is one sentence."""
    with pytest.raises(ListenError, match=why):
        listen(host, 0)


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (errno.EACCES, "port 7 on localhost is not allowed for this user"),
        (errno.ENOBUFS, "cannot listen on port 7 on localhost"),
    ],
)
def test_what_the_machine_refuses(monkeypatch: pytest.MonkeyPatch, number: int, why: str) -> None:
    """Other errors of the machine are sentences too."""

    def refuse(*_: object) -> socket.socket:
        raise OSError(number, "as the machine puts it")

    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(ListenError, match=why):
        listen("localhost", 7)
