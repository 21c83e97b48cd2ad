"""Files, commands and QR codes, and the fields that keep the page to itself."""

from __future__ import annotations

import json

import pytest

from tests.adapters.websocket.browser import HOST, answer, asked, connection, request
from udpchat.adapters.websocket.connection import MAX_REQUESTS
from udpchat.adapters.websocket.qr import blocks
from udpchat.adapters.websocket.responses import Resource
from udpchat.adapters.websocket.site import FOLDER, Site, static_files

MAX_PAGE = 70_000  # bytes of all files together: what a reader takes in, and a slow phone loads in seconds
MAX_SCRIPTS = 60_000  # bytes of the page and its scripts


def test_the_page_is_small() -> None:
    """The page is of a size that a reader takes in."""
    sizes = {file.name: file.stat().st_size for file in FOLDER.iterdir()}
    assert sum(sizes.values()) <= MAX_PAGE
    assert sum(size for name, size in sizes.items() if name.endswith((".js", ".html"))) <= MAX_SCRIPTS


def test_nothing_is_loaded_from_elsewhere() -> None:
    """No file names another server, and none makes HTML of text."""
    for file in FOLDER.iterdir():
        text = file.read_text(encoding="utf-8")
        assert (
            "//" not in text.replace("https?:\\/\\/", "").replace("http://www.w3.org/2000/svg", "")
            or file.suffix == ".js"
        )
        for unsafe in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "style=", "onclick="):
            assert unsafe not in text, (file.name, unsafe)


def test_the_page_and_its_files_are_served() -> None:
    """Each file has its type; the page is at the root."""
    assert asked(request("/")).body == asked(request("/index.html")).body == (FOLDER / "index.html").read_bytes()
    assert asked(request("/main.js?1")).fields["content-type"] == "text/javascript; charset=utf-8"
    assert asked(request("/icon.svg")).fields["content-type"] == "image/svg+xml"


@pytest.mark.parametrize(
    "path", ["/nope", "/../connection.py", "/%2e%2e/connection.py", "//", "/static/main.js", "*", "x"]
)
def test_nothing_else_is_served(path: str) -> None:
    """What is not among the files is not found: no path leads into the file system."""
    assert asked(request(path)).status == 404


@pytest.mark.parametrize("path", ["/", "/nope", "/style.css"])
def test_the_page_is_kept_to_itself(path: str) -> None:
    """Every response says that nothing foreign may be loaded, nor frame it, nor learn where one came from."""
    fields = asked(request(path)).fields
    policy = fields["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} <= set(policy)
    assert "unsafe" not in fields["content-security-policy"]
    assert (fields["x-content-type-options"], fields["referrer-policy"]) == ("nosniff", "no-referrer")
    assert fields["cross-origin-resource-policy"] == "same-origin"


def test_the_socket_of_the_same_host_may_be_opened() -> None:
    """Browsers in which 'self' does not cover a WebSocket read its address."""
    assert f"connect-src 'self' ws://{HOST} wss://{HOST};" in asked(request("/")).fields["content-security-policy"]


def test_an_update_is_seen() -> None:
    """A client asks each time; it gets the file only if it is another one."""
    first = asked(request("/main.js"))
    assert first.fields["cache-control"] == "no-cache"
    again = asked(request("/main.js", f'If-None-Match: W/{first.fields["etag"]}, "other"'))
    assert (again.status, again.body) == (304, b"")
    assert "content-length" not in again.fields
    assert asked(request("/main.js", 'If-None-Match: "other"')).status == 200
    assert Resource("", b"a").etag != Resource("", b"b").etag


def test_head_has_no_body() -> None:
    """HEAD has the fields of GET alone, also if there is no such page."""
    assert asked(request("/", method="HEAD")).body == b""
    assert asked(request("/", method="HEAD")).fields == asked(request("/")).fields
    assert asked(request("/nope", method="HEAD")).body == b""


def test_several_requests_share_a_connection() -> None:
    """Requests are answered in order; the last one, or the last allowed one, ends the connection."""
    web = connection()
    web.receive(request("/icon.svg") + request("/time.js"), 0.0)
    assert web.to_write().count(b"HTTP/1.1 200") == 2
    assert not web.ended
    last = asked(request("/", "Connection: close"), web=web)
    assert (last.fields["connection"], web.ended) == ("close", True)
    old = connection()
    asked(request("/", version="1.0"), web=old)
    assert old.ended
    busy = connection()
    busy.receive(request("/icon.svg") * (MAX_REQUESTS + 5), 0.0)
    assert (busy.to_write().count(b"HTTP/1.1 200"), busy.ended) == (MAX_REQUESTS, True)


def test_the_commands_are_those_of_the_server() -> None:
    """The page completes commands from the table, with what they do."""
    rows = json.loads(asked(request("/commands.json")).body)
    (nick,) = (row for row in rows if "/nick" in row["words"])
    assert nick == {
        "usage": "/nick NAME",
        "does": "change your nickname",
        "example": "/nick client",
        "words": ["/nick"],
    }
    assert [row["words"] for row in rows if "/bye" in row["words"]] == [["/quit", "/exit", "/bye"]]


@pytest.mark.parametrize(
    ("host", "own", "elsewhere", "secure", "url"),
    [
        ("192.0.2.1:12000", "192.0.2.1", "", False, "http://192.0.2.1:12000/"),
        ("localhost:12000", "127.0.0.1", "192.0.2.5", False, "http://192.0.2.5:12000/"),
        ("127.0.0.1:1", "::1", "", False, "http://[::1]:12000/"),
        ("192.0.2.1", "::ffff:192.0.2.1", "", False, "http://192.0.2.1:12000/"),
        ("[fe80::1]", "fe80::1%eth0", "", False, "http://[fe80::1]:12000/"),
        ("chat.example.org", "127.0.0.1", "", True, "https://chat.example.org/"),
        ("chat.example.org:12000", "192.0.2.1", "", False, "http://chat.example.org:12000/"),
        ("chat.example.org:999", "192.0.2.1", "", False, "http://chat.example.org/"),
    ],
)
def test_the_code_is_of_an_address_that_others_reach(
    host: str, own: str, elsewhere: str, url: str, *, secure: bool
) -> None:
    """It is made of what the server knows and of names that the operator has named, not of what is asked."""
    site = Site(frozenset({"chat.example.org"}), elsewhere)
    assert site.address(host, own, 12000, secure=secure) == url


def test_the_code_is_an_image() -> None:
    """The QR code is an SVG image, and lines for a terminal."""
    shown = asked(request("/qr.svg"))
    assert shown.fields["content-type"] == "image/svg+xml"
    assert shown.body.startswith(b"<svg ")
    assert len(blocks("http://192.0.2.1:12000/").splitlines()) < 24


def test_a_proxy_with_tls_is_believed_if_it_is_trusted() -> None:
    """`X-Forwarded-Proto` counts from a trusted proxy alone."""
    names = frozenset({"chat.example.org"})
    ask = request("/qr.svg", "X-Forwarded-Proto: https", host="chat.example.org")
    behind = asked(ask, web=connection(names=names, trusted="192.0.2.7"))
    assert behind.body != asked(ask, web=connection(names=names)).body


def test_all_files_have_a_type() -> None:
    """Every file of the folder is served."""
    assert set(static_files()) == {"/", "/commands.json", *(f"/{file.name}" for file in FOLDER.iterdir())}
    assert answer(b"HTTP/1.1 200 OK\r\n\r\n").status == 200
