"""Answers come from where they were asked."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from typing import cast

import pytest

from tests.app.clients.processes import needs_ipv6
from tests.waiting import until
from udpchat.adapters.udp import return_paths as paths
from udpchat.adapters.udp.carrier import UdpCarrier
from udpchat.adapters.udp.return_paths import ReturnPaths, answerable
from udpchat.adapters.udp.sockets import address_of
from udpchat.app.server.serve import open_carrier
from udpchat.app.settings import FanOut, Settings
from udpchat.domain.address import Address
from udpchat.domain.drop_reason import DropCounts

ONE, TWO = (address_of(("127.0.0.1", port), 0) for port in (1, 2))
Room = tuple[UdpCarrier, str]


@pytest.fixture(params=[(host, fan_out) for host in ("0.0.0.0", "::") for fan_out in ("auto", "sendto")], ids=str)  # noqa: S104
def everywhere(request: pytest.FixtureRequest) -> Iterator[Room]:
    """Give a transport that listens everywhere, by each kind of calls."""
    host, fan_out = cast("tuple[str, FanOut]", request.param)
    if host == "::":
        needs_ipv6()
    with closing(open_carrier(Settings(port=0, host=host, fan_out=fan_out), DropCounts())) as carrier:
        yield carrier, host


def client(carrier: UdpCarrier, to: str) -> socket.socket:
    """Return a client that takes answers from the address it wrote to alone."""
    sock = socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(10)
    sock.connect((to, carrier.port))
    return sock


def heard(carrier: UdpCarrier, number: int) -> list[Address]:
    """Return who sent the next so many datagrams."""
    senders: list[Address] = []

    def enough() -> bool:
        senders.extend(datagram.sender for datagram in carrier.receive(number))
        return len(senders) == number

    until(enough)
    return senders


def test_answers_come_from_where_they_were_asked(everywhere: Room) -> None:
    """Clients that wrote to different addresses of one machine each get every datagram from theirs, runs too."""
    carrier, host = everywhere
    asked = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.2", *(["::1"] if host == "::" else [])]
    clients = [client(carrier, each) for each in asked]
    for each in clients:
        each.send(b"hi")
    addresses = tuple(heard(carrier, len(clients)))
    run = [b"x" * 100, b"y" * 100, b"z" * 30]
    for _ in range(2):
        carrier.send(run, addresses)
        carrier.send([b"alone\n"], addresses)
    for each in clients:
        assert [each.recv(9000) for _ in range(8)] == [*run, b"alone\n"] * 2
        each.close()
    assert not carrier.drops


def test_who_comes_by_another_way_stays_who_it_is(everywhere: Room) -> None:
    """The same socket that now writes to another of our addresses is the same client, answered from there."""
    carrier, _ = everywhere
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.bind(("127.0.0.1", 0))
        audience: tuple[Address, ...] = ()
        for host in ("127.0.0.2", "127.0.0.3", "127.0.0.3"):
            sock.sendto(b"hi", (host, carrier.port))
            (address,) = heard(carrier, 1)
            audience = audience or (address,)
            assert audience == (address,)
            carrier.send([b"a\n"], audience)
            assert sock.recvfrom(9000) == (b"a\n", (host, carrier.port))


def test_who_was_forgotten_is_answered_from_anywhere(everywhere: Room) -> None:
    """Without a known path the kernel picks the address."""
    carrier, _ = everywhere
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.sendto(b"hi", ("127.0.0.2", carrier.port))
        audience = tuple(heard(carrier, 1))
        carrier.forget(audience)
        carrier.send([b"a\n", b"b\n"], audience)
        assert [sock.recv(9000), sock.recv(9000)] == [b"a\n", b"b\n"]


def test_the_version_tells_of_changes() -> None:
    """It changes when a known peer comes by another path, and not for those who are new or the same."""
    known = ReturnPaths()
    for address, path, version in ((ONE, b"a", 0), (TWO, b"b", 0), (ONE, b"a", 0), (ONE, b"c", 1), (ONE, b"c", 1)):
        known.learn(address, path)
        assert known.version == version
    known.forget([ONE])
    assert [known.of(ONE), known.of(TWO)] == [b"", b"b"]


def test_the_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than it holds is answered from anywhere; those that are known stay known."""
    monkeypatch.setattr(paths, "MAX_KNOWN", 1)
    known = ReturnPaths()
    known.learn(ONE, b"a")
    known.learn(TWO, b"b")
    known.learn(ONE, b"c")
    assert [known.of(ONE), known.of(TWO), len(known)] == [b"c", b"", 1]


@pytest.mark.parametrize(
    ("came", "answered"),
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
def test_the_interface_is_kept_where_the_address_needs_it(came: str, answered: str) -> None:
    """Link-local addresses and multicast keep theirs; nothing is sent from a multicast address."""
    assert answerable(bytes.fromhex(came)) == bytes.fromhex(answered)
