"""The HTTP server of the metrics: its bounds, and what hostile clients can do to it."""

from __future__ import annotations

import errno
import signal
import socket
import threading
from contextlib import ExitStack, suppress
from wsgiref.simple_server import WSGIServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.metrics.asked import LOCAL, endpoint, received
from tests.app.clients.processes import needs_ipv6
from tests.waiting import until
from udpchat.adapters.metrics import server as module
from udpchat.adapters.metrics.address import HostPort
from udpchat.adapters.metrics.errors import MetricsError
from udpchat.adapters.metrics.server import MAX_CONNECTIONS, MAX_HEAD, MetricsServer


def threads() -> int:
    """Return how many threads answer requests now."""
    return sum("process_request_thread" in each.name for each in threading.enumerate())


def test_an_address_that_is_taken() -> None:
    """The error names the address and what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(MetricsError, match=rf"127\.0\.0\.1:{port}: Address already in use; name another"):
            MetricsServer.start(HostPort("127.0.0.1", port), lambda *_: [], print)


def test_an_address_of_another_machine() -> None:
    """The error says that this machine does not have it."""
    with pytest.raises(MetricsError, match=r"192\.0\.2\.1:9464: Cannot assign requested address"):
        MetricsServer.start(HostPort("192.0.2.1", 9464), lambda *_: [], print)


def test_the_port_is_free_again() -> None:
    """After `close`, another server takes the same port at once, although there were connections."""
    with endpoint() as first:
        assert first.ask()[0] == "200 OK"
        at = first.server.at
    with endpoint(at) as second:
        assert second.server.at == at
        assert second.ask()[0] == "200 OK"


def test_ipv6() -> None:
    """It listens on an IPv6 address, too."""
    needs_ipv6()
    with endpoint(HostPort("::1", 0)) as asked:
        assert asked.ask(host="[::1]")[0] == "200 OK"


def test_signals_are_left_to_the_main_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread of the server takes a signal, which would end the process while the event loop handles none."""
    blocked: list[set[int]] = []
    run = module._Server.serve_forever  # noqa: SLF001 - runs in the thread

    def noting(self: module._Server, poll_interval: float) -> None:
        blocked.append(set(signal.pthread_sigmask(signal.SIG_BLOCK, ())))
        run(self, poll_interval)

    monkeypatch.setattr(module._Server, "serve_forever", noting)  # noqa: SLF001 - as above
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with endpoint() as asked:
        asked.ask()
    assert blocked[0] >= {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1}
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_connections_that_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is closed after a while; more than allowed are closed at once, and then others are answered again."""
    monkeypatch.setattr(module, "HEAD_SECONDS", 1.0)
    monkeypatch.setattr(module, "ACCEPT_PAUSE", 0.001)
    with endpoint() as asked, ExitStack() as stack:
        idle = [stack.enter_context(asked.connection()) for _ in range(MAX_CONNECTIONS)]
        until(lambda: threads() == MAX_CONNECTIONS, threads)
        assert asked.send(b"GET /healthz HTTP/1.0\r\n\r\n") == ("", "")
        assert threads() <= MAX_CONNECTIONS
        assert [received(each) for each in idle] == [b""] * MAX_CONNECTIONS
        until(lambda: not threads(), threads)
        assert asked.ask("/healthz")[0] == "200 OK"
        assert not asked.met


def drip(sock: socket.socket) -> bool:
    """Send one byte; return whether the connection is still open after the time limit of the socket."""
    try:
        sock.send(b"G")
        return bool(sock.recv(100))
    except TimeoutError:
        return True
    except OSError:
        return False


def test_slow_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that comes byte by byte has no more time than one that does not come (slowloris)."""
    monkeypatch.setattr(module, "HEAD_SECONDS", 0.5)
    with endpoint() as asked, asked.connection() as slow:
        slow.settimeout(0.02)
        assert any(not drip(slow) for _ in range(1000))
        until(lambda: not threads(), threads)
        assert not asked.met


@pytest.mark.parametrize("end", [b"\r\n", b""])
def test_long_requests(end: bytes) -> None:
    """No more than the bound is read, so the rest costs nothing; nothing is answered with 200 by what follows."""
    with endpoint() as asked:
        line = b"GET /healthz HTTP/1.1\r\n"
        for request in (
            b"GET /" + b"x" * 1_000_000 + end,
            line + b"".join(b"X-%d: %s\r\n" % (number, b"y" * 100) for number in range(10_000)) + end,
            line + b"X: " + b"z" * 1_000_000 + end,
        ):
            with asked.connection() as sock:
                with suppress(OSError):
                    sock.sendall(request)
                answer = received(sock)
            assert len(answer) < MAX_HEAD
        assert asked.ask("/healthz")[0] == "200 OK"
        assert not asked.met


def test_many_headers() -> None:
    """A request with as many headers as fit is answered or refused, in one piece."""
    with endpoint() as asked:
        status, _ = asked.send(b"GET /healthz HTTP/1.1\r\n" + b"a:\r\n" * 2000 + b"\r\n")
        assert status.startswith(("200", "400", "431"))
        assert not asked.met


def test_a_reader_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that nobody takes is given up in time, and its connection is closed."""
    monkeypatch.setattr(module, "SEND_SECONDS", 0.2)
    large, met = b"x" * 50_000_000, list[BaseException]()

    def application(_: object, start: object) -> list[bytes]:
        start("200 OK", [("Content-Length", str(len(large)))])  # type: ignore[operator]  # as PEP 3333 has it
        return [large]

    server = MetricsServer.start(LOCAL, application, met.append)
    try:
        with socket.create_connection((server.at.host, server.at.port), timeout=30) as stuck:
            stuck.sendall(b"GET / HTTP/1.0\r\n\r\n")
            until(lambda: threads() == 1)
            until(lambda: threads() == 0)
            assert len(received(stuck)) < len(large)
    finally:
        server.close()
    assert not met


def test_clients_that_are_gone() -> None:
    """One that resets its connection, before or after its request, costs no log line, and all others are answered."""
    with endpoint() as asked:
        for request in (b"", b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            with asked.connection() as sock:
                sock.sendall(request)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # reset at close, socket(7)
        until(lambda: not threads(), threads)
        assert asked.ask()[0] == "200 OK"
        assert not asked.met


def test_a_flood_waits_in_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a pause after each connection, so that nobody can keep the interpreter busy."""
    pauses: list[float] = []
    wait = threading.Event.wait

    def noting(self: threading.Event, timeout: float | None = None) -> bool:
        if timeout == module.ACCEPT_PAUSE:
            pauses.append(timeout)
            return False
        return wait(self, timeout)

    with endpoint() as asked:
        monkeypatch.setattr(threading.Event, "wait", noting)
        for _ in range(5):
            asked.ask("/healthz")
        until(lambda: len(pauses) == 5, lambda: pauses)
        monkeypatch.undo()
    assert 1 / module.ACCEPT_PAUSE <= 20


def test_no_more_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that cannot be accepted is tried again after a pause, and not in a loop without one."""
    failed, pauses = [errno.EMFILE, errno.EMFILE], list[float]()
    accept, wait = WSGIServer.get_request, threading.Event.wait

    def failing(self: WSGIServer) -> tuple[socket.socket, object]:
        if failed:
            raise OSError(failed.pop(), "too many open files")
        return accept(self)

    def noting(self: threading.Event, timeout: float | None = None) -> bool:
        if timeout == module.ACCEPT_PAUSE:
            pauses.append(timeout)
        return wait(self, timeout)

    with endpoint() as asked:
        monkeypatch.setattr(WSGIServer, "get_request", failing)
        monkeypatch.setattr(threading.Event, "wait", noting)
        assert asked.ask("/healthz")[0] == "200 OK"
        until(lambda: len(pauses) == 3, lambda: pauses)
        monkeypatch.undo()


def test_no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """If no thread can be started, the connection is closed, the bug is reported, and its place is free again."""
    start = threading.Thread.start

    def failing(self: threading.Thread) -> None:
        if "process_request_thread" in self.name:
            raise RuntimeError("can't start new thread")
        start(self)

    with endpoint() as asked:
        monkeypatch.setattr(threading.Thread, "start", failing)
        for _ in range(MAX_CONNECTIONS + 1):
            assert asked.ask() == ("", "")
        monkeypatch.undo()
        assert asked.ask()[0] == "200 OK"
    assert {str(exc) for exc in asked.met} == {"can't start new thread"}


REQUESTS = st.binary(max_size=300) | st.builds(
    lambda *parts: b"%b %b %b\r\n%b\r\n\r\n" % parts,
    st.sampled_from([b"GET", b"HEAD", b"", b"get", b"G\0T"]),
    st.sampled_from([b"/metrics", b"/", b"", b"\xff", b"/metrics?%"]),
    st.sampled_from([b"HTTP/1.1", b"HTTP/9.9", b"HTTP/", b"HTTP/1.1.1", b"", b"HTTP/-1.0"]),
    st.binary(max_size=60),
)


def test_any_bytes(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever is sent, there is an answer or none, no bug, nothing on standard error, and the endpoint goes on."""
    monkeypatch.setattr(module, "ACCEPT_PAUSE", 0.0)
    with endpoint() as asked:

        @settings(max_examples=100)
        @given(REQUESTS)
        def send(request: bytes) -> None:
            with asked.connection() as sock:
                sock.sendall(request)
                sock.shutdown(socket.SHUT_WR)
                received(sock)
            assert not asked.met

        send()
        assert asked.ask("/healthz")[0] == "200 OK"
    assert capfd.readouterr().err == ""
