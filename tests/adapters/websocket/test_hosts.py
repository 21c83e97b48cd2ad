"""Names under which the server answers, and pages that may speak with it."""

from __future__ import annotations

import pytest

from tests.adapters.websocket.browser import HOST, asked, connection, request
from udpchat.adapters.websocket.hosts import is_same_origin, read_names

NAMES = read_names(["Chat.Example.org", " other.example "])


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("192.0.2.1:12000", 200),
        ("[2001:db8::1]:12000", 200),
        ("localhost:12000", 200),
        ("LOCALHOST", 200),
        ("chat.example.org", 200),
        ("chat.example.org.:8443", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("192.0.2.1.evil.example", 403),
        ("0x7f000001", 403),
        ("2130706433", 403),
        ("127.1", 403),
        ("", 400),
        ("a b", 400),
        ("user@localhost", 400),
        ("localhost:port", 400),
    ],
)
@pytest.mark.parametrize("path", ["/", "/ws", "/qr.svg", "/commands.json"])
def test_a_name_that_a_stranger_chose_is_refused(host: str, status: int, path: str) -> None:
    """With DNS rebinding a stranger points its own name here: it gets neither the page nor the socket."""
    answered = asked(request(path, host=host), web=connection(names=NAMES)).status
    assert answered == (426 if path == "/ws" and status == 200 else status)


def test_a_request_without_a_host_is_refused() -> None:
    """A request without `Host`, or with two of them, is not served."""
    assert asked(b"GET / HTTP/1.1\r\n\r\n").status == 400
    assert asked(request("/", "Host: localhost")).status == 400


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://192.0.2.1:12000", "192.0.2.1:12000", True),
        ("http://localhost", "localhost:80", True),
        ("https://chat.example.org", "chat.example.org", True),
        ("https://chat.example.org", "chat.example.org:443", True),
        ("http://[::1]:12000", "[::1]:12000", True),
        ("http://Chat.example.org", "chat.example.org", True),
        ("http://chat.example.org", "chat.example.org:12000", False),
        ("http://localhost:8000", "localhost:12000", False),
        ("http://127.0.0.1:12000", "localhost:12000", False),
        ("https://evil.example", "192.0.2.1:12000", False),
        ("http://192.0.2.1:12000.evil.example", "192.0.2.1:12000", False),
        ("http://evil.example@192.0.2.1:12000", "192.0.2.1:12000", False),
        ("http://192.0.2.1:12000/", "192.0.2.1:12000", False),
        ("null", "192.0.2.1:12000", False),
        ("file://", "192.0.2.1:12000", False),
        ("", "192.0.2.1:12000", False),
    ],
)
def test_a_page_of_another_server_may_not_speak(origin: str, host: str, *, same: bool) -> None:
    """`Origin` must be of the host that is asked."""
    assert is_same_origin(origin, host) is same


@pytest.mark.parametrize("path", ["/", "/ws", "/main.js"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"http://{HOST}.evil.example"])
def test_foreign_pages_are_refused(path: str, origin: str) -> None:
    """A foreign page gets 403, for files and for the socket."""
    web = connection()
    assert asked(request(path, f"Origin: {origin}"), web=web).status == 403
    assert web.ended


def test_an_unfit_origin() -> None:
    """What is not a host is of no origin."""
    assert not is_same_origin("http://a:b:c", "a")
