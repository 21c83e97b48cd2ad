"""The pages of the endpoint, asked as a client does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from wsgiref.types import WSGIEnvironment

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.metrics.asked import Endpoint, endpoint
from udpchat.adapters.metrics import application
from udpchat.adapters.metrics.application import Application, is_own_name
from udpchat.adapters.metrics.asking import Asker


@pytest.fixture(name="asked")
def _asked() -> Iterator[Endpoint]:
    """Give a running endpoint, in which no bug was met."""
    with endpoint() as running:
        yield running
        assert not running.met


def test_metrics(asked: Endpoint) -> None:
    """A scrape receives each metric with its help text, and the numbers of now."""
    for rooms in (1, 7):
        asked.told.rooms = rooms
        status, content = asked.ask()
        assert status == "200 OK"
        assert f"# HELP udpchat_rooms Rooms.\n# TYPE udpchat_rooms gauge\nudpchat_rooms {rooms}.0\n" in content


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz"])
def test_head(asked: Endpoint, path: str) -> None:
    """HEAD is answered as GET, without the content."""
    assert asked.ask(path, method="HEAD") == ("200 OK", "")


def test_alive(asked: Endpoint) -> None:
    """The server is alive while its event loop turns, also if it is not ready."""
    asked.told.reason = "the room is not open"
    assert asked.ask("/healthz") == ("200 OK", "the server is alive\n")


def test_ready(asked: Endpoint) -> None:
    """The server is ready if nothing speaks against it; else the answer says what does."""
    assert asked.ask("/readyz") == ("200 OK", "the server is ready\n")
    asked.told.reason = "the room is not open"
    assert asked.ask("/readyz") == ("503 Service Unavailable", "the room is not open\n")


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz"])
def test_an_event_loop_that_stands_still(asked: Endpoint, path: str) -> None:
    """While the event loop does not turn, no page is answered with 200, and each is answered."""
    released, held = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        released.wait(30)

    asked.loop.call_soon_threadsafe(hold)
    assert held.wait(30)
    impatient = Application(Asker(asked.loop, patience=0.05), asked.told, asked.met.append)
    try:
        assert answer(impatient, path) == (
            "503 Service Unavailable",
            b"the server did not answer within 0.05 seconds\n",
        )
    finally:
        released.set()
    assert asked.ask(path)[0] == "200 OK"


def test_other_pages(asked: Endpoint) -> None:
    """There is nothing else, and no path leads to a file."""
    for path in ("/", "/metrics/", "/metrics/..", "/../metrics", "http://localhost/metrics", "/%6detrics%00", "*"):
        assert asked.ask(path)[0] == "404 Not Found"
    assert asked.ask("/metrics?name[]=x")[0] == "200 OK"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "FOO"])
def test_other_methods(asked: Endpoint, method: str) -> None:
    """Nothing can be changed, and no page of another origin is allowed to ask (no CORS)."""
    assert asked.ask(method=method) == ("405 Method Not Allowed", "only GET and HEAD are answered\n")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:9464", "localhost.evil.example", "127.0.0.1.evil", "a b"]
)
@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz"])
def test_a_foreign_host(asked: Endpoint, host: str, path: str) -> None:
    """A page whose own name leads to this machine (DNS rebinding) reads nothing."""
    assert asked.ask(path, host=host)[0] == "403 Forbidden"


def test_two_hosts(asked: Endpoint) -> None:
    """A second `Host` does not make a foreign one ours."""
    assert asked.send(b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n\r\n")[0] == "403 Forbidden"
    assert asked.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")[0] == "403 Forbidden"


@pytest.mark.parametrize(
    "host", ["localhost", "LocalHost:9464", "127.0.0.1", "127.0.0.1:9464", "[::1]", "[::1]:9464", "192.0.2.1:1", ""]
)
def test_our_own_host(asked: Endpoint, host: str) -> None:
    """An IP address, localhost, and no `Host` at all are answered."""
    assert asked.ask("/healthz", host=host)[0] == "200 OK"


@given(st.from_regex(r"[a-z0-9.-]*[a-z][a-z0-9.-]*(:[0-9]+)?", fullmatch=True))
def test_no_name_is_ours(host: str) -> None:
    """No name that DNS can give a meaning is taken for an IP address."""
    assert is_own_name(host) == (host.partition(":")[0] == "localhost")


def test_a_bug_in_a_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes to the event loop's handler, the answer says that there was one, and the endpoint goes on."""
    with endpoint() as asked:
        asked.told.bug = KeyError("of ours")
        assert asked.ask() == ("503 Service Unavailable", "the server met an internal error\n")
        assert asked.met == [asked.told.bug]
        asked.told.bug = None
        monkeypatch.setattr(application, "text", lambda _: 1 / 0)
        assert asked.ask() == ("500 Internal Server Error", "internal error, see the log of the server\n")
        monkeypatch.undo()
        assert asked.ask()[0] == "200 OK"
    assert [type(exc) for exc in asked.met] == [KeyError, ZeroDivisionError]


def test_an_event_loop_that_has_ended() -> None:
    """The answer says so."""
    with endpoint() as asked:
        pass
    page = answer(Application(Asker(asked.loop), asked.told, asked.met.append), "/metrics")
    assert page == ("503 Service Unavailable", b"the server has ended\n")


def answer(asked: Application, path: str) -> tuple[str, bytes]:
    """Ask an application without a server; return status and content."""
    environ: WSGIEnvironment = {"REQUEST_METHOD": "GET", "PATH_INFO": path}
    statuses: list[str] = []
    content = asked(environ, lambda status, *_: statuses.append(status))  # type: ignore[arg-type]  # writes nothing
    return statuses[0], b"".join(content)
