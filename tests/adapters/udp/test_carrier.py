"""The transport over sockets: what it does when the kernel takes no more, and against those who pretend to be it."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import attrs
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tests.app.clients.processes import lacking, needs_ipv6
from tests.waiting import until
from udpchat.adapters.udp.carrier import MAX_WAITING, MAX_WAITING_CLIENTS, SEND_TRIES, PortableSocket, UdpCarrier
from udpchat.adapters.udp.error_queue import ErrorQueue
from udpchat.adapters.udp.return_paths import ReturnPaths
from udpchat.adapters.udp.sockets import UdpAddress, address_of
from udpchat.app.server.serve import open_carrier
from udpchat.app.settings import FanOut, Settings
from udpchat.domain.datagram import Datagram
from udpchat.domain.drop_reason import DropCounts, DropReason

ONE, TWO, THREE = (address_of(("127.0.0.1", port), 0) for port in (1, 2, 3))


@attrs.define
class Kernel:
    """Calls that take only so many datagrams before the send buffer is full."""

    room: int
    sock: socket.socket
    paths: ReturnPaths = attrs.field(factory=ReturnPaths)
    errors: ErrorQueue = attrs.field(init=False)
    sent: list[tuple[UdpAddress, bytes]] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.errors = ErrorQueue(self.sock, 0)

    def receive(self, limit: int) -> list[Datagram]:
        """Give nothing."""
        return [][:limit]

    def bundles(self, datagrams: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
        """Bundle in pairs."""
        yield from (datagrams[at : at + 2] for at in range(0, len(datagrams), 2))

    def send(self, bundle: Sequence[bytes], addresses: Sequence[UdpAddress], path: bytes) -> int:  # noqa: ARG002
        """Take bundles while there is room."""
        for done, address in enumerate(addresses):
            if not self.room:
                return done
            self.room -= 1
            self.sent += [(address, payload) for payload in bundle]
        return len(addresses)


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    """Give a bound socket."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        yield made


def numbered(count: int) -> list[bytes]:
    """Return so many datagrams that can be told apart."""
    return [b"%d" % number for number in range(count)]


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 7)), max_size=12))
def test_order_is_kept_whatever_the_kernel_takes(steps: list[tuple[int, int]]) -> None:
    """However often the send buffer is full, each client gets its datagrams in order, none twice and none left out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        kernel = Kernel(0, sock)
        carrier = UdpCarrier([sock], [kernel])
        said = 0
        for count, room in steps:
            kernel.room = room
            carrier.send([b"%d" % number for number in range(said, said + count)], (ONE, TWO))
            said += count
        kernel.room = 1000
        assert carrier.flush(sock)
        assert carrier.blocked() == []
    for address in (ONE, TWO):
        assert [payload for to, payload in kernel.sent if to == address] == numbered(said)
    assert not carrier.drops


def test_only_the_newest_wait(sock: socket.socket) -> None:
    """What waits for one client is bounded: the oldest goes, and is counted; others lose nothing by it."""
    kernel = Kernel(0, sock)
    carrier = UdpCarrier([sock], [kernel])
    carrier.send([b"first"], (TWO,))
    for payload in numbered(MAX_WAITING + 5):
        carrier.send([payload], (ONE,))
    assert carrier.blocked() == [sock]
    assert carrier.drops == {DropReason.SEND_BUFFER: 5}
    kernel.room = 10
    assert not carrier.flush(sock)
    kernel.room = 1000
    assert carrier.flush(sock)
    assert kernel.sent == [(TWO, b"first"), *((ONE, payload) for payload in numbered(MAX_WAITING + 5)[5:])]


def test_only_so_many_wait(sock: socket.socket) -> None:
    """With the send buffer full, answers to more and more addresses do not fill a table; forgetting empties it."""
    kernel = Kernel(0, sock)
    carrier = UdpCarrier([sock], [kernel])
    many = [address_of((f"127.0.{number // 250}.{number % 250}", 9), 0) for number in range(MAX_WAITING_CLIENTS + 3)]
    for address in many:
        carrier.send([b"a"], (address,))
    assert carrier.drops == {DropReason.SEND_BUFFER: 3}
    carrier.forget(many)
    assert carrier.blocked() == []
    assert carrier.drops == {DropReason.SEND_BUFFER: 3, DropReason.FORGOTTEN: MAX_WAITING_CLIENTS}


def test_what_is_not_sent_in_time_is_counted(sock: socket.socket) -> None:
    """At the end the kernel is waited for so long; what still waits then is given up, datagram by datagram."""
    kernel = Kernel(0, sock)
    carrier = UdpCarrier([sock], [kernel])
    carrier.send([b"a", b"b", b"c"], (ONE, TWO))
    carrier.flush_all(0.01)
    assert carrier.drops == {DropReason.UNSENT: 6}
    carrier.drops.clear()
    kernel.room = 1000
    carrier.flush_all(10)
    assert not carrier.drops.total()


@pytest.mark.parametrize("fan_out", ["auto", "sendto"])
def test_what_the_kernel_had_no_room_for_is_counted(fan_out: FanOut) -> None:
    """Datagrams that came while the receive buffer was full are counted, though nobody ever sees them."""
    with (
        closing(open_carrier(Settings(port=0, host="127.0.0.1", fan_out=fan_out), DropCounts())) as carrier,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood,
    ):
        carrier.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # which makes it as small as can be
        for _ in range(100):
            flood.sendto(b"x" * 1000, ("127.0.0.1", carrier.port))
        carrier.count_lost()
        assert carrier.drops == {DropReason.RECEIVE_BUFFER: 100 - len(carrier.receive(100))}


@pytest.mark.parametrize("fan_out", ["auto", "sendto"])
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - reached over loopback
def test_what_comes_from_port_0_is_counted(host: str, fan_out: FanOut) -> None:
    """Nothing can be sent there (RFC 768), so nothing that comes from there is looked at."""
    try:
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
    except PermissionError:
        lacking("this needs root, to send from port 0")
    with raw, closing(open_carrier(Settings(port=0, host=host, fan_out=fan_out), DropCounts())) as carrier:
        header = struct.pack("!HHHH", 0, carrier.port, 10, 0)  # from, to, bytes, no checksum
        raw.sendto(header + b"hi", ("127.0.0.1", 0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(b"another's", ("127.0.0.1", carrier.port))
        got: list[Datagram] = []

        def other_is_heard() -> bool:
            got.extend(carrier.receive(10))
            return bool(got)

        until(other_is_heard)
        assert [datagram.payload for datagram in got] == [b"another's"]
        assert carrier.drops == {DropReason.NO_REPLY: 1}


class Full(socket.socket):
    """A socket with errors in stock: each is raised by one send."""

    errors: list[int]

    def recvmsg(self, *_: object) -> Any:
        """Refuse as some systems do when an earlier datagram could not be delivered."""
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")

    def sendmsg(self, *_: Any) -> int:
        """Send, or not."""
        number = self.errors.pop(0)
        if number:
            raise OSError(number, "as the machine puts it")
        return 1


def test_portable_calls_meet_errors() -> None:
    """A full buffer stops a fan-out and tells where; what the network reports of one client does not."""
    with Full(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        calls = PortableSocket(sock, 0)
        sock.errors = [0, errno.EAGAIN]
        assert calls.send([b"a"], (ONE, TWO, THREE), b"") == 1
        sock.errors = [errno.ECONNREFUSED, errno.ECONNREFUSED, 0, 0, *[errno.ENETUNREACH] * (1 + SEND_TRIES)]
        with structlog.testing.capture_logs() as logged:
            assert calls.send([b"a"], (ONE, TWO, THREE), b"") == 3
        assert [entry["reason"] for entry in logged if entry["event"] == "dropped"] == ["send_failed"]
        assert sock.errors == []
        assert calls.drops == {DropReason.SEND_FAILED: 1}
        assert calls.receive(1) == []


@pytest.mark.parametrize("fan_out", ["auto", "sendto"])
def test_a_flood_on_one_socket_does_not_starve_the_other(fan_out: FanOut) -> None:
    """Each socket gets its share of a batch."""
    needs_ipv6()
    with (
        closing(open_carrier(Settings(port=0, fan_out=fan_out), DropCounts())) as carrier,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as quiet,
    ):
        for _ in range(20):
            flood.sendto(b"flood", ("127.0.0.1", carrier.port))
        quiet.sendto(b"quiet", ("::1", carrier.port))
        got: list[bytes] = []

        def quiet_is_heard() -> bool:
            got.extend(datagram.payload for datagram in carrier.receive(4))
            return b"quiet" in got

        until(quiet_is_heard)
        assert got.count(b"flood") < 20


@pytest.mark.parametrize("fan_out", ["auto", "sendto"])
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "::"])  # noqa: S104 - all there are
def test_a_datagram_that_claims_to_be_ours_is_not_taken(host: str, fan_out: FanOut) -> None:
    """One forged datagram from the room's own address would have the room talk to itself for ever."""
    if ":" in host:
        needs_ipv6()
    with closing(open_carrier(Settings(port=0, host=host, fan_out=fan_out), DropCounts())) as carrier:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        loopback = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        carrier.sockets[0].sendto(b"ours", (loopback, carrier.port))
        with socket.socket(family, socket.SOCK_DGRAM) as other:
            other.sendto(b"another's", (loopback, carrier.port))
        got: list[Datagram] = []

        def other_is_heard() -> bool:
            got.extend(carrier.receive(10))
            return bool(got)

        until(other_is_heard)
        assert [datagram.payload for datagram in got] == [b"another's"]
        assert carrier.drops == {DropReason.OWN_ADDRESS: 1}
