"""Replies come from the address that the peer wrote to."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from typing import cast

import pytest

from tests.adapters.udp.ends import open_udp
from tests.app.clients.processes import needs_ipv6
from tests.waiting import until
from udpchat.adapters.udp import return_paths as paths
from udpchat.adapters.udp.address import address_of
from udpchat.adapters.udp.carrier import UdpCarrier
from udpchat.adapters.udp.return_paths import ReturnPaths, reply_path
from udpchat.app.settings import FanOut, Settings
from udpchat.domain.address import Address
from udpchat.domain.drop_reason import DropCounts

ONE, TWO = (address_of(("127.0.0.1", port), 0) for port in (1, 2))
Room = tuple[UdpCarrier, str]


@pytest.fixture(params=[(host, fan_out) for host in ("0.0.0.0", "::") for fan_out in ("auto", "sendto")], ids=str)  # noqa: S104
def everywhere(request: pytest.FixtureRequest) -> Iterator[Room]:
    """Give a carrier on each wildcard address, with each kind of socket."""
    host, fan_out = cast("tuple[str, FanOut]", request.param)
    if host == "::":
        needs_ipv6()
    with closing(open_udp(Settings(port=0, host=host, fan_out=fan_out), DropCounts())) as carrier:
        yield carrier, host


def client(carrier: UdpCarrier, to: str) -> socket.socket:
    """Return a client that accepts replies only from the address that it wrote to."""
    sock = socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(10)
    sock.connect((to, carrier.port))
    return sock


def senders_of(carrier: UdpCarrier, number: int) -> list[Address]:
    """Return the senders of the next `number` datagrams."""
    senders: list[Address] = []

    def enough() -> bool:
        senders.extend(sender for _, sender in carrier.receive(number))
        return len(senders) == number

    until(enough)
    return senders


def test_replies_come_from_the_address_that_was_written_to(everywhere: Room) -> None:
    """Clients that wrote to different addresses of one machine get every datagram from that address, runs too."""
    carrier, host = everywhere
    written_to = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.2", *(["::1"] if host == "::" else [])]
    clients = [client(carrier, each) for each in written_to]
    for each in clients:
        each.send(b"hi")
    addresses = tuple(senders_of(carrier, len(clients)))
    run = [b"x" * 100, b"y" * 100, b"z" * 30]
    for _ in range(2):
        carrier.send(run, addresses)
        carrier.send([b"alone\n"], addresses)
    carrier.send(run, addresses, addresses[1:2])
    carrier.send([b"end\n"], addresses)
    for each in clients:
        but_one = [] if each is clients[1] else run
        received = [each.recv(9000) for _ in range(9 + len(but_one))]
        assert received == [*[*run, b"alone\n"] * 2, *but_one, b"end\n"]
        each.close()
    assert not carrier.drops


def test_a_peer_that_comes_by_another_path_stays_the_same_peer(everywhere: Room) -> None:
    """A client that now writes to another of our addresses is the same client, and gets replies from that address."""
    carrier, _ = everywhere
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.bind(("127.0.0.1", 0))
        audience: tuple[Address, ...] = ()
        for host in ("127.0.0.2", "127.0.0.3", "127.0.0.3"):
            sock.sendto(b"hi", (host, carrier.port))
            (address,) = senders_of(carrier, 1)
            audience = audience or (address,)
            assert audience == (address,)
            carrier.send([b"a\n"], audience)
            assert sock.recvfrom(9000) == (b"a\n", (host, carrier.port))


def test_a_forgotten_peer_is_answered_from_any_address(everywhere: Room) -> None:
    """Without a known path the kernel picks the address; a datagram by the same path makes it known again."""
    carrier, _ = everywhere
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.sendto(b"hi", ("127.0.0.2", carrier.port))
        audience = tuple(senders_of(carrier, 1))
        carrier.forget(audience)
        carrier.send([b"a\n", b"b\n"], audience)
        assert [sock.recv(9000), sock.recv(9000)] == [b"a\n", b"b\n"]
        sock.sendto(b"hi", ("127.0.0.2", carrier.port))
        assert tuple(senders_of(carrier, 1)) == audience
        carrier.send([b"c\n"], audience)
        assert sock.recvfrom(9000) == (b"c\n", ("127.0.0.2", carrier.port))


def test_the_version_grows_with_changes() -> None:
    """It grows when a known peer comes by another path, but not for a new peer or the same path."""
    known = ReturnPaths()
    for address, path, version in ((ONE, b"a", 0), (TWO, b"b", 0), (ONE, b"a", 0), (ONE, b"c", 1), (ONE, b"c", 1)):
        known.learn(address, path)
        assert known.version == version
    known.forget([ONE])
    assert [known.of(ONE), known.of(TWO)] == [b"", b"b"]


def test_the_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer too many has no path; those that are known stay known."""
    monkeypatch.setattr(paths, "MAX_KNOWN", 1)
    known = ReturnPaths()
    known.learn(ONE, b"a")
    known.learn(TWO, b"b")
    known.learn(ONE, b"c")
    assert [known.of(ONE), known.of(TWO), len(known.known)] == [b"c", b"", 1]


@pytest.mark.parametrize(
    ("came", "reply"),
    [
        ("07000000 c6336401 c6336401", "00000000 c6336401 c6336401"),
        ("07000000 a9fe0101 a9fe0101", "07000000 a9fe0101 a9fe0101"),  # link-local
        ("07000000 c6336401 e0000001", "07000000 c6336401 e0000001"),  # by multicast
        ("20010db8000000000000000000000001 07000000", "20010db8000000000000000000000001 00000000"),
        ("fe800000000000000000000000000001 07000000", "fe800000000000000000000000000001 07000000"),
        ("ff020000000000000000000000000001 07000000", "00000000000000000000000000000000 07000000"),
        ("00000000000000000000ffffc6336401 07000000", "00000000000000000000ffffc6336401 00000000"),
        ("00000000000000000000ffffa9fe0101 07000000", "00000000000000000000ffffa9fe0101 07000000"),
    ],
)
def test_the_interface_is_kept_if_the_address_needs_it(came: str, reply: str) -> None:
    """Link-local addresses and multicast keep the interface; nothing is sent from a multicast address."""
    assert reply_path(bytes.fromhex(came)) == bytes.fromhex(reply)
