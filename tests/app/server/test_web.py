"""The page of a server: what its settings make of it, and what people read of it at the start."""

from __future__ import annotations

import http.client
import io
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import structlog

from tests.app.clients.processes import serving
from udpchat.app.server.greeting import own_address
from udpchat.app.server.web import http_for, reached_at, terminal_code
from udpchat.app.settings import Settings


@contextmanager
def bound(*hosts: str) -> Iterator[list[socket.socket]]:
    """Give sockets that are bound to these addresses."""
    with ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) for host in hosts
        ]
        for sock, host in zip(sockets, hosts, strict=True):
            sock.bind((host, 0))
        yield sockets


class Terminal(io.TextIOWrapper):
    """Standard output that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.mark.parametrize("options", [(), ("--web-hosts", "chat.example.org, other.example")])
def test_a_server_serves_its_page(tmp_path: Path, options: tuple[str, ...]) -> None:
    """The page is on the port of the room, and what the server prints leads to it."""
    with serving(tmp_path, *options) as server:
        assert f"http://localhost:{server.port} in a browser" in server.program.printed[1]
        for host, status in (("localhost", 200), ("chat.example.org", 200 if options else 403), ("evil.example", 403)):
            connection = http.client.HTTPConnection("localhost", server.port, timeout=30)
            connection.request("GET", "/", headers={"Host": host})
            response = connection.getresponse()
            assert response.status == status
            assert (b"<h1>udpchat</h1>" in response.read()) is (status == 200)
            connection.close()


def test_without_its_libraries_there_is_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra `web`, the log says what is missing, and the room is open to all others."""
    for name in [each for each in sys.modules if each.startswith("udpchat.adapters.websocket")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ["websockets", *(each for each in sys.modules if each.startswith("websockets."))]:
        monkeypatch.setitem(sys.modules, name, None)
    with structlog.testing.capture_logs() as logged, bound("127.0.0.1") as sockets:
        assert http_for(Settings(), sockets) is None
    assert [(each["event"], each["remedy"]) for each in logged] == [
        ("no page for browsers", "pip install 'udpchat[web]'")
    ]


def test_where_others_reach_the_server() -> None:
    """On every address it is that of the machine; on loopback nobody else reaches it."""
    with bound("0.0.0.0") as everywhere:  # noqa: S104 - nothing listens
        assert reached_at(everywhere) == own_address(everywhere)
    with bound("127.0.0.1") as here:
        assert reached_at(here) == ""


@pytest.mark.parametrize(
    ("encoding", "host", "shown"),
    [("utf-8", "0.0.0.0", True), ("ascii", "0.0.0.0", False), ("utf-8", "127.0.0.1", False)],  # noqa: S104
)
def test_a_code_for_phones_is_printed(
    monkeypatch: pytest.MonkeyPatch, encoding: str, host: str, *, shown: bool
) -> None:
    """Where others reach the server, and the terminal has the characters, it shows a QR code and the address."""
    with bound(host) as sockets:
        monkeypatch.setattr(sys, "stdout", Terminal(io.BytesIO(), encoding))
        code = terminal_code(sockets)
        assert bool(code) is shown
        assert not shown or code.endswith(f"\nhttp://{reached_at(sockets)}:{sockets[0].getsockname()[1]}/")
        monkeypatch.setattr(sys, "stdout", None)
        assert terminal_code(sockets) == ""


@pytest.mark.parametrize(
    ("setting", "value", "error"),
    [
        ("web_hosts", "chat.example.org:443", "is no name of a host"),
        ("web_hosts", "*.example.org", "is no name of a host"),
        ("web_hosts", "https://chat.example.org", "is no name of a host"),
        ("trusted_proxies", "10.0.0.1/8", "has host bits set"),
        ("trusted_proxies", "proxy", "a network looks like"),
    ],
)
def test_settings_that_are_no_names_are_refused(setting: str, value: str, error: str) -> None:
    """A name with a port, a pattern or a network that is none is refused at the start."""
    with pytest.raises(ValueError, match=error):
        Settings(**{setting: value})  # type: ignore[arg-type]  # one text
