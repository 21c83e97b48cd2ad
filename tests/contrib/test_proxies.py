"""The examples of docs/web.md for proxies with TLS, in a real nginx and a real Caddy."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.app.clients.processes import Server, needs, running, serving
from tests.docs.pages import fences
from tests.waiting import until

NAME = "chat.example.org"
CLIENT = "127.0.0.2"  # an address of this machine that is no trusted proxy


def example(program: str) -> str:
    """Return the configuration that the manual gives for a proxy."""
    return dict(fences("docs/web.md"))[f"text {program}"]


def command(program: str, folder: Path, port: int, server: int) -> list[str]:
    """Write the configuration of a proxy, whose port is `port`, for a server; return how it is started."""
    given, config = example(program).replace(":12000", f":{server}"), folder / "proxy.conf"
    if program == "caddy":  # which would ask a public authority for a certificate
        given = f"{{\n admin off\n auto_https off\n}}\n{given.replace(NAME, f'http://{NAME}:{port}')}"
        config.write_text(given, encoding="utf-8")
        return ["env", f"HOME={folder}", "caddy", "run", "--adapter", "caddyfile", "--config", str(config)]
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={NAME}", "-days", "1"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    given = given.replace("listen 443", f"listen 127.0.0.1:{port}").replace("listen [::]:443", f"listen [::1]:{port}")
    given = re.sub(r"/etc/ssl/\S+\.pem", str(certificate), re.sub(r"/etc/ssl/\S+\.key", str(key), given))
    places = "".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    top = f"daemon off; pid {folder}/pid; error_log stderr; events {{}} http {{ access_log off; {places}"
    config.write_text(f"{top}\n{given}}}\n", encoding="utf-8")
    return ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(config)]


def connected(port: int) -> socket.socket:
    """Return a connection from the address of a client."""
    return socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(CLIENT, 0))


def answers(port: int) -> bool:
    """Return whether a proxy listens."""
    try:
        connected(port).close()
    except OSError:
        return False
    return True


@pytest.fixture(params=["nginx", "caddy"])
def proxied(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Server, str, int]]:
    """Give a server behind a proxy, the scheme of its page, and the port of the proxy."""
    needs(request.param)
    needs("openssl")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log, trusts = tmp_path / "proxy.log", ("--web-hosts", NAME, "--trusted-proxies", "127.0.0.1,::1")
    with ExitStack() as stack:
        server = stack.enter_context(serving(tmp_path, "--host", "localhost", *trusts))
        stack.enter_context(running(command(request.param, tmp_path, port, server.port), log))
        until(lambda: answers(port), lambda: log.read_text(encoding="utf-8"))
        yield server, "http" if request.param == "caddy" else "https", port


@contextmanager
def page(scheme: str, port: int) -> Iterator[ClientConnection]:
    """Open the WebSocket as the page does, and lie about the address."""
    trust = ssl._create_unverified_context() if scheme == "https" else None  # noqa: S323, SLF001 - the test made it
    lie = {"X-Forwarded-For": "203.0.113.7"}
    with connect(
        f"{scheme.replace('http', 'ws')}://{NAME}/ws",
        sock=connected(port),
        ssl=trust,
        origin=Origin(f"{scheme}://{NAME}"),
        additional_headers=lie,
        proxy=None,
    ) as opened:
        yield opened


def until_event(opened: ClientConnection, kind: str) -> dict[str, Any]:
    """Return the next event of this kind."""
    while True:
        found: dict[str, Any] = json.loads(opened.recv(timeout=60))
        if found["event"] == kind:
            return found


def test_a_page_behind_a_proxy(proxied: tuple[Server, str, int]) -> None:
    """Who comes by the proxy is in the room, by its own address, whatever it says that it is."""
    server, scheme, port = proxied
    with page(scheme, port) as ana, page(scheme, port) as ben:
        for each, nick in ((ana, "ana"), (ben, "ben")):
            each.send(json.dumps({"hello": {"v": 1, "nick": nick}}))
            assert until_event(each, "welcome")["you"] == nick
        ana.send(json.dumps({"line": "hello from outside", "id": 1}))
        assert until_event(ben, "said")["text"] == "hello from outside"
    until(lambda: server.logged().count('"joined"') == 2)
    assert server.logged().count(f'"address": "{CLIENT}:') >= 2
    assert "203.0.113.7" not in server.logged()
