"""The batch socket, with a kernel that fails as kernels do."""

from __future__ import annotations

import ctypes
import errno
import socket
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.app.clients.processes import lacking
from udpchat.adapters.udp.address import address_of
from udpchat.adapters.udp.sockets import batch_socket, message_headers
from udpchat.adapters.udp.sockets.batch_socket import BatchSocket
from udpchat.adapters.udp.sockets.datagram_socket import Route
from udpchat.adapters.udp.sockets.system_calls import SystemCalls, load
from udpchat.adapters.udp.sockets.timestamps import TIMESTAMP
from udpchat.domain.ports.carrier import LATE


@attrs.define
class Failing:
    """The real system calls, except for results in `stock`: how many to send at most, or an errno below zero."""

    real: SystemCalls
    stock: list[int] = attrs.field(factory=list)

    def sendmmsg(self, fd: int, headers: int, number: int, flags: int) -> int:
        """Send as the stock says."""
        result = self.stock.pop(0) if self.stock else number
        if result < 0:
            ctypes.set_errno(-result)
            return -1
        return self.real.sendmmsg(fd, headers, min(number, result), flags)

    def recvmmsg(self, fd: int, headers: int, number: int, flags: int, timeout: None) -> int:
        """Receive as the stock says."""
        if self.stock:
            ctypes.set_errno(-self.stock.pop(0))
            return -1
        return self.real.recvmmsg(fd, headers, number, flags, timeout)


@attrs.define
class Bench:
    """A batch socket, and its clients."""

    kernel: Failing
    calls: BatchSocket
    clients: list[socket.socket]

    def route(self) -> Route:
        """Return the route to the clients."""
        return Route(0, b"", tuple(address_of(client.getsockname(), 0) for client in self.clients))

    def received(self) -> list[list[bytes]]:
        """Return the datagrams that each client received; over loopback they arrive at once."""
        return [list(drain(client)) for client in self.clients]


def drain(client: socket.socket) -> Iterator[bytes]:
    """Yield the datagrams that wait."""
    while True:
        try:
            yield client.recv(70_000, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Give a socket and three clients."""
    real = load()
    if real is None:
        lacking("there is no sendmmsg on this machine")
    kernel = Failing(real)
    made = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(4)]
    for sock in made:
        sock.bind(("127.0.0.1", 0))
    yield Bench(kernel, BatchSocket(made[0], 0, SystemCalls(kernel.sendmmsg, kernel.recvmmsg), segments=True), made[1:])
    for sock in made:
        sock.close()


def test_partial_sends_continue(bench: Bench) -> None:
    """If the kernel sends to a part of the audience, the rest is sent to next, each once."""
    bench.kernel.stock = [1, 1]
    assert bench.calls.send([b"a"], bench.route(), 0, 3) == 3
    assert bench.received() == [[b"a"]] * 3


def test_a_full_buffer_stops(bench: Bench) -> None:
    """EAGAIN after two addresses returns the place of the third."""
    bench.kernel.stock = [2, -errno.EAGAIN]
    assert bench.calls.send([b"a"], bench.route(), 0, 3) == 2
    assert bench.received() == [[b"a"], [b"a"], []]


@pytest.mark.parametrize("number", [errno.ECONNREFUSED, errno.EPERM, errno.EINVAL, errno.EINTR])
def test_a_failed_bundle_is_sent_again(bench: Bench, number: int) -> None:
    """An error about another client, or about bundles, loses no datagram."""
    bench.kernel.stock = [1, -number]
    assert bench.calls.send([b"aa", b"bb", b"c"], bench.route(), 0, 3) == 3
    assert bench.received() == [[b"aa", b"bb", b"c"]] * 3


def test_a_datagram_that_fails_again_is_dropped(bench: Bench) -> None:
    """An address that cannot be sent to does not affect the others."""
    one, _, three = bench.route().addresses
    assert bench.calls.send([b"a"], Route(0, b"", (one, address_of(("255.255.255.255", 9), 0), three)), 0, 3) == 3
    assert bench.received() == [[b"a"], [], [b"a"]]


def test_parts_of_a_route(bench: Bench) -> None:
    """Whole datagrams and bundles are sent to the given range of places alone, as often as they come."""
    route = bench.route()
    for datagrams in ([b"a"], [b"bb", b"cc", b"d"], [b"e"]):
        assert bench.calls.send(datagrams, route, 1, 2) == 2
        assert bench.calls.send(datagrams, route, 2, 3) == 3
    assert bench.received() == [[], *[[b"a", b"bb", b"cc", b"d", b"e"]] * 2]


def test_single_addresses(bench: Bench) -> None:
    """Sending to one address after another, and to all between, reaches each by its own route."""
    everyone = bench.route()
    for number, address in enumerate(everyone.addresses):
        assert bench.calls.send([b"%d" % number, b"x"], Route(0, b"", (address,)), 0, 1) == 1
        assert bench.calls.send([b"all"], everyone, 0, 3) == 3
    expected = [[b"all"] * number + [b"%d" % number, b"x"] + [b"all"] * (3 - number) for number in range(3)]
    assert bench.received() == expected


def test_receiving_fails(bench: Bench) -> None:
    """An error of receiving returns no datagrams and raises nothing."""
    bench.kernel.stock = [-errno.ECONNREFUSED]
    assert bench.calls.receive(5) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports times")
@pytest.mark.parametrize(("host", "when_busy"), [("127.0.0.1", 0), ("0.0.0.0", 1)])  # noqa: S104 - a path follows the time
def test_times_are_reported_after_a_pause(host: str, when_busy: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Datagrams that are read soon after others waited for nothing, so their times are left out where they can be."""
    system, now = load(), [100.0]
    assert system
    monkeypatch.setattr(batch_socket, "time", SimpleNamespace(monotonic=lambda: now[0]))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((host, 0))
        calls, reported = BatchSocket(sock, 0, system, segments=False), []
        for pause in (LATE / 4, LATE, LATE / 4):
            now[0] += pause
            calls.receive(1)
            reported.append(sock.getsockopt(*TIMESTAMP))
    assert reported == [1, 1, when_busy]


def test_the_table_of_senders_is_bounded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """With more senders than the table holds, each datagram still has its own sender."""
    monkeypatch.setattr(message_headers, "MAX_KNOWN", 2)
    addresses = bench.route().addresses
    for client in bench.clients * 2:
        client.sendto(b"hi", bench.calls.sock.getsockname())
    assert [sender for _, sender in bench.calls.receive(10)] == [*addresses, *addresses]


@given(st.lists(st.binary(min_size=1, max_size=4), min_size=1), st.booleans())
def test_bundles_can_be_cut_again(datagrams: list[bytes], segments: bool) -> None:  # noqa: FBT001 - hypothesis draws it
    """Bundles are the datagrams in order; in each all are of one size, except that the last may be shorter."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        calls = BatchSocket(sock, 0, SystemCalls(lambda *_: 0, lambda *_: 0), segments=segments)
        bundles = list(calls.bundles(datagrams))
    assert [payload for bundle in bundles for payload in bundle] == datagrams
    for bundle in bundles:
        assert len({len(payload) for payload in bundle[:-1]}) <= 1
        assert len(bundle[-1]) <= len(bundle[0])
        assert segments or len(bundle) == 1
