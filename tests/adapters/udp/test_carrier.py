"""The carrier over sockets: a full send buffer, lost datagrams, and forged senders."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.udp.ends import open_udp
from tests.adapters.udp.kernel import ONE, THREE, TWO, Kernel
from tests.app.clients.processes import lacking, needs_ipv6
from tests.waiting import until
from udpchat.adapters.udp.address import address_of
from udpchat.adapters.udp.carrier import UdpCarrier
from udpchat.app.settings import FanOut, Settings
from udpchat.domain.address import Address
from udpchat.domain.datagram import Datagram
from udpchat.domain.drop_reason import DropCounts, DropReason


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    """Give a bound socket."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        yield made


ROOMS = ((ONE, TWO), (ONE, TWO, THREE), (THREE,))
sends = st.tuples(
    st.integers(1, 5),
    st.sampled_from(ROOMS),
    st.sets(st.sampled_from((ONE, TWO, THREE)), max_size=2),
    st.integers(0, 7),
)


@given(st.lists(sends, max_size=12))
def test_order_is_kept_whatever_the_kernel_takes(steps: list[tuple[int, Sequence[Address], set[Address], int]]) -> None:
    """However often the send buffer is full, each client gets its datagrams in order, none twice, none missing."""
    expected: dict[Address, list[bytes]] = {ONE: [], TWO: [], THREE: []}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        kernel = Kernel(0, sock)
        carrier = UdpCarrier([sock], [kernel])
        for number, (count, room, but, free) in enumerate(steps):
            kernel.room = free
            datagrams = [b"%d.%d" % (number, each) for each in range(count)]
            carrier.send(datagrams, room, but)
            for address in set(room) - but:
                expected[address] += datagrams
        kernel.room = 1000
        assert carrier.flush(sock)
        assert carrier.blocked() == []
    assert {address: kernel.sent_to(address) for address in (ONE, TWO, THREE)} == expected
    assert not carrier.drops


def test_datagrams_wait_for_a_writable_socket(sock: socket.socket) -> None:
    """A socket is blocked while datagrams wait for it; forgetting their address drops and counts them."""
    carrier = UdpCarrier([sock], [Kernel(0, sock)])
    carrier.send([b"a"], (ONE,))
    assert carrier.blocked() == [sock]
    carrier.forget([ONE])
    assert carrier.blocked() == []
    assert carrier.drops == {DropReason.FORGOTTEN: 1}


def test_datagrams_that_are_not_sent_in_time_are_counted(sock: socket.socket) -> None:
    """At the end the carrier waits for the kernel for a given time; then it counts the datagrams that still wait."""
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
def test_datagrams_that_the_kernel_dropped_are_counted(fan_out: FanOut) -> None:
    """Datagrams that came while the receive buffer was full are counted."""
    with (
        closing(open_udp(Settings(port=0, host="127.0.0.1", fan_out=fan_out), DropCounts())) as carrier,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood,
    ):
        carrier.sockets[0].setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, 1
        )  # the kernel makes it as small as possible
        for _ in range(100):
            flood.sendto(b"x" * 1000, ("127.0.0.1", carrier.port))
        carrier.count_lost()
        assert carrier.drops == {DropReason.RECEIVE_BUFFER: 100 - len(carrier.receive(100))}


@pytest.mark.parametrize("fan_out", ["auto", "sendto"])
def test_datagrams_that_the_kernel_refused_are_known(fan_out: FanOut) -> None:
    """An address that cannot be sent to is returned once; no lines waited for it."""
    with closing(open_udp(Settings(port=0, host="127.0.0.1", fan_out=fan_out), DropCounts())) as carrier:
        nowhere, somewhere = (address_of((host, 9), 0) for host in ("255.255.255.255", "127.0.0.1"))
        carrier.send([b"hi\n"], (nowhere, somewhere))
        assert carrier.undelivered() == {nowhere: 0}
        assert carrier.undelivered() == {}


@pytest.mark.parametrize("fan_out", ["auto", "sendto"])
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - reached over loopback
def test_datagrams_from_port_0_are_counted(host: str, fan_out: FanOut) -> None:
    """No reply can be sent to port 0 (RFC 768), so datagrams from it are dropped."""
    try:
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
    except PermissionError:
        lacking("this needs root, to send from port 0")
    with raw, closing(open_udp(Settings(port=0, host=host, fan_out=fan_out), DropCounts())) as carrier:
        header = struct.pack("!HHHH", 0, carrier.port, 10, 0)  # from, to, bytes, no checksum
        raw.sendto(header + b"hi", ("127.0.0.1", 0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(b"another's", ("127.0.0.1", carrier.port))
        got: list[Datagram] = []

        def other_came() -> bool:
            got.extend(carrier.receive(10))
            return bool(got)

        until(other_came)
        assert [payload for payload, _ in got] == [b"another's"]
        assert carrier.drops == {DropReason.NO_REPLY: 1}


@pytest.mark.parametrize("fan_out", ["auto", "sendto"])
def test_a_flood_on_one_socket_does_not_starve_the_other(fan_out: FanOut) -> None:
    """Each socket gets its share of a batch."""
    needs_ipv6()
    with (
        closing(open_udp(Settings(port=0, fan_out=fan_out), DropCounts())) as carrier,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as quiet,
    ):
        for _ in range(20):
            flood.sendto(b"flood", ("127.0.0.1", carrier.port))
        quiet.sendto(b"quiet", ("::1", carrier.port))
        got: list[bytes] = []

        def quiet_came() -> bool:
            got.extend(payload for payload, _ in carrier.receive(4))
            return b"quiet" in got

        until(quiet_came)
        assert got.count(b"flood") < 20


@pytest.mark.parametrize("fan_out", ["auto", "sendto"])
@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "::"])  # noqa: S104 - all there are
def test_a_datagram_from_our_own_address_is_dropped(host: str, fan_out: FanOut) -> None:
    """One forged datagram from the room's own address would let the room talk to itself for ever."""
    if ":" in host:
        needs_ipv6()
    with closing(open_udp(Settings(port=0, host=host, fan_out=fan_out), DropCounts())) as carrier:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        loopback = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        carrier.sockets[0].sendto(b"ours", (loopback, carrier.port))
        with socket.socket(family, socket.SOCK_DGRAM) as other:
            other.sendto(b"another's", (loopback, carrier.port))
        got: list[Datagram] = []

        def other_came() -> bool:
            got.extend(carrier.receive(10))
            return bool(got)

        until(other_came)
        assert [payload for payload, _ in got] == [b"another's"]
        assert carrier.drops == {DropReason.OWN_ADDRESS: 1}
