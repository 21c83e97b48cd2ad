"""The batch calls, with a kernel that fails as kernels do."""

from __future__ import annotations

import ctypes
import errno
import socket
from collections.abc import Callable, Iterator

import attrs
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tests.app.clients.processes import lacking
from udpchat.adapters.udp import batch_socket as sendmmsg
from udpchat.adapters.udp.batch_socket import BatchSocket, SystemCalls
from udpchat.adapters.udp.carrier import PortableSocket
from udpchat.adapters.udp.sockets import UdpAddress, address_of
from udpchat.app.server.serve import system_calls
from udpchat.domain.drop_reason import DropCounts


@attrs.define
class Failing:
    """The real system calls, but for results in stock: how many to send at most, or an errno below zero."""

    real: SystemCalls
    stock: list[int] = attrs.field(factory=list)

    def sendmmsg(self, fd: int, headers: int, number: int, flags: int) -> int:
        """Send as the stock has it."""
        result = self.stock.pop(0) if self.stock else number
        if result < 0:
            ctypes.set_errno(-result)
            return -1
        return self.real.sendmmsg(fd, headers, min(number, result), flags)

    def recvmmsg(self, fd: int, headers: int, number: int, flags: int) -> int:
        """Receive as the stock has it."""
        if self.stock:
            ctypes.set_errno(-self.stock.pop(0))
            return -1
        return self.real.recvmmsg(fd, headers, number, flags)


@attrs.define
class Bench:
    """Batch calls on one socket, and clients that hear it."""

    kernel: Failing
    calls: BatchSocket
    clients: list[socket.socket]

    def addresses(self) -> tuple[UdpAddress, ...]:
        """Return where the clients are."""
        return tuple(address_of(client.getsockname(), 0) for client in self.clients)

    def heard(self) -> list[list[bytes]]:
        """Return what each client got; over loopback it is there at once."""
        return [list(drain(client)) for client in self.clients]


def drain(client: socket.socket) -> Iterator[bytes]:
    """Yield what waits."""
    while True:
        try:
            yield client.recv(70_000, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Give the calls and three clients."""
    real = sendmmsg.load()
    if real is None:
        lacking("there is no sendmmsg on this machine")
    kernel = Failing(real)
    made = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(4)]
    for sock in made:
        sock.bind(("127.0.0.1", 0))
    yield Bench(kernel, BatchSocket(made[0], 0, SystemCalls(kernel.sendmmsg, kernel.recvmmsg), segments=True), made[1:])
    for sock in made:
        sock.close()


def test_partial_sends_go_on_where_they_stopped(bench: Bench) -> None:
    """If the kernel takes a part of the audience, the rest gets its own, each once."""
    bench.kernel.stock = [1, 1]
    assert bench.calls.send([b"a"], bench.addresses(), b"") == 3
    assert bench.heard() == [[b"a"]] * 3


def test_a_full_buffer_stops_and_tells_where(bench: Bench) -> None:
    """EAGAIN after two addresses is two done."""
    bench.kernel.stock = [2, -errno.EAGAIN]
    assert bench.calls.send([b"a"], bench.addresses(), b"") == 2
    assert bench.heard() == [[b"a"], [b"a"], []]


@pytest.mark.parametrize("number", [errno.ECONNREFUSED, errno.EPERM, errno.EINVAL, errno.EINTR])
def test_what_fails_is_tried_once_more(bench: Bench, number: int) -> None:
    """An error that was another's, or that is of bundles, costs nobody a datagram."""
    bench.kernel.stock = [1, -number]
    assert bench.calls.send([b"aa", b"bb", b"c"], bench.addresses(), b"") == 3
    assert bench.heard() == [[b"aa", b"bb", b"c"]] * 3


def test_what_fails_again_is_given_up(bench: Bench) -> None:
    """An address that cannot be sent to keeps nothing from the others."""
    one, two, three = bench.addresses()
    assert bench.calls.send([b"a"], (one, address_of(("255.255.255.255", 9), 0), three), b"") == 3
    assert bench.heard() == [[b"a"], [], [b"a"]]
    assert two not in (one, three)


def test_receiving_fails(bench: Bench) -> None:
    """An error on receiving is no datagrams, not an exception."""
    bench.kernel.stock = [-errno.ECONNREFUSED]
    assert bench.calls.receive(5) == []


@given(st.lists(st.binary(min_size=1, max_size=4), min_size=1), st.booleans())
def test_bundles_can_be_cut_again(datagrams: list[bytes], segments: bool) -> None:  # noqa: FBT001 - hypothesis draws it
    """Bundles are the datagrams in order; in each all are of one size but for the last, which may be shorter."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        calls = BatchSocket(sock, 0, SystemCalls(lambda *_: 0, lambda *_: 0), segments=segments)
        bundles = list(calls.bundles(datagrams))
    assert [payload for bundle in bundles for payload in bundle] == datagrams
    for bundle in bundles:
        assert len({len(payload) for payload in bundle[:-1]}) <= 1
        assert len(bundle[-1]) <= len(bundle[0])
        assert segments or len(bundle) == 1


def refusing(number: int) -> Callable[..., int]:
    """Return a system call that is not there."""

    def refuse(*_: int) -> int:
        ctypes.set_errno(number)
        return -1

    return refuse


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EPERM])
@pytest.mark.parametrize("missing", ["sendmmsg", "recvmmsg"])
def test_falls_back_where_the_kernel_refuses(monkeypatch: pytest.MonkeyPatch, number: int, missing: str) -> None:
    """Where a system call is missing or forbidden, each datagram is sent by itself, and the log says so once."""
    calls = attrs.evolve(SystemCalls(lambda *_: 0, lambda *_: 0), **{missing: refusing(number)})
    monkeypatch.setattr(sendmmsg, "load", lambda: calls)
    with (
        structlog.testing.capture_logs() as logged,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two,
    ):
        assert [type(each) for each in system_calls("auto", [one, two], DropCounts())] == [PortableSocket] * 2
    assert [entry["log_level"] for entry in logged] == ["warning"]


def test_falls_back_where_the_library_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A C library without the calls is one more reason."""
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: object())
    assert sendmmsg.load() is None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        assert not sendmmsg.supported(None, sock)


def test_kernels_that_cut_no_segments() -> None:
    """A socket that is not of UDP stands for a kernel before Linux 4.18."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream:
        assert not sendmmsg.cuts_segments(stream)


def test_forced_to_be_portable() -> None:
    """The setting `sendto` takes the portable way without a word."""
    with structlog.testing.capture_logs() as logged, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        assert [type(each) for each in system_calls("sendto", [sock], DropCounts())] == [PortableSocket]
    assert logged == []
