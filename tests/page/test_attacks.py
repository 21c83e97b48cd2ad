"""HTML and script in every field: it is shown, and never anything else."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.app.clients.processes import serving
from tests.page.fake import FakeServer
from tests.page.page import Page, Pages
from tests.waiting import until

EVIL = [
    "<img src=x onerror=document.title='owned'>",
    "<script>document.title='owned'</script>",
    '"><svg onload=document.title="owned">',
    "javascript:document.title='owned'",
    "{{constructor.constructor('document.title=1')()}}",
    "&lt;b&gt;",
    "__proto__",
]


@pytest.mark.parametrize("evil", EVIL)
def test_what_people_write_is_text(page: Page, fake: FakeServer, evil: str) -> None:
    """In names, topics, texts, rooms, reasons and sentences, HTML is shown as it is written."""
    fake.answers["/who"] = lambda number: [{"event": "names-shown", "id": number, "line": evil}]
    room = {"name": evil, "members": 1, "topic": evil}
    fake.answers["/rooms"] = lambda number: [{"event": "rooms-listed", "id": number, "rooms": [room], "line": "x"}]
    fake.says(evil, evil)
    fake.happens({"event": "went-away", "room": "lobby", "nick": evil, "why": evil, "line": evil})
    fake.happens({"event": "topic-changed", "room": "lobby", "nick": evil, "topic": evil, "line": evil})
    fake.happens({"event": "said", "room": evil, "nick": evil, "text": evil, "seq": 1})
    fake.own += 1
    fake.happens({"event": "privately-said", "own": fake.own, "nick": evil, "to": "ana", "text": evil, "line": evil})
    page.say("/who")
    page.waits("#privates li", evil)
    page.waits(".answer .line", evil, exactly=True)
    assert page.said() == [evil]
    assert (page.text("#topic"), page.all(".said .nick")) == (evil, [evil])
    page.click("#go")
    page.waits("#go-rooms li", evil)
    assert (
        page.js("return document.querySelectorAll('main img, main script, main svg[onload], #go-rooms img').length")
        == 0
    )
    assert page.js("return document.title") == "(2) lobby · udpchat"


def test_only_links_to_pages_are_links(page: Page, fake: FakeServer) -> None:
    """A link opens elsewhere, and tells that page nothing; what only looks like one is text."""
    fake.says("ben", "see https://example.org/a_(b)?c=<d>. or http://x.example, javascript:alert(1) data:text/html,x")
    until(lambda: len(page.all(".what a")) == 2)
    assert page.all(".what a") == ["https://example.org/a_(b)?c=", "http://x.example"]
    links = page.js("return [...document.querySelectorAll('.what a')].map(a => [a.target, a.rel])")
    assert links == [["_blank", "noopener noreferrer"]] * 2


def test_nothing_of_others_is_loaded(page: Page) -> None:
    """The page may not run what is in it, nor load or send anything elsewhere: its policy forbids that."""
    page.js(
        "window.blocked = [];"
        "document.addEventListener('securitypolicyviolation', e => blocked.push(e.effectiveDirective));"
        "const s = document.createElement('script'); s.textContent = 'window.owned = 1'; document.body.append(s);"
        "const i = new Image(); i.src = 'http://127.0.0.1:9/x.png';"
        "fetch('http://127.0.0.1:9/').catch(() => 0); document.body.setAttribute('style', 'color: red');"
    )
    expected = {"script-src-elem", "img-src", "connect-src", "style-src-attr"}
    until(lambda: set(page.js("return blocked")) == expected, lambda: str(page.js("return blocked")))
    assert page.js("return window.owned") is None
    page.console()  # it has said so


class _Foreign(http.server.SimpleHTTPRequestHandler):
    """A page of somebody else, whose policy allows everything."""

    def do_GET(self) -> None:
        body = b"<!doctype html><link rel=icon href=data:,><title>evil</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def foreign() -> Iterator[str]:
    """Serve a page of somebody else, and give its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Foreign) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


TRIES = """
const at = arguments[0], done = arguments[1], said = {};
const add = (name) => (value) => (said[name] = value);
const lines = '\\x1e{"line": "owned"}\\nowned\\n';
const posted = fetch(at + "ws", { method: "POST", body: lines, mode: "no-cors" }).then(() => "sent", () => "refused");
const read = fetch(at + "commands.json").then(() => "read", () => "refused").then(add("read"));
const opened = new Promise((answer) => {
  const socket = new WebSocket(at.replace("http", "ws") + "ws");
  socket.onopen = () => answer("open");
  socket.onclose = () => answer("refused");
}).then(add("socket"));
const framed = new Promise((answer) => {
  const frame = document.body.appendChild(document.createElement("iframe"));
  frame.onload = () => { try { answer(frame.contentDocument ? "shown" : "hidden"); } catch { answer("hidden"); } };
  frame.src = at;
}).then(add("frame"));
Promise.allSettled([posted, read, opened, framed]).then(() => done(said));
"""


POSTS = r"""
const at = arguments[0], done = arguments[1], tries = [], long = "x".repeat(20000);
const bodies = [
  "owned\n", "owned\n" + long + "\nowned\n", long + "\nowned\n" + long, "\x1e{\"line\": \"owned\"}\n",
];
for (const path of ["", "?" + long, "?" + "y".repeat(7000), "?" + long.repeat(3)])
  for (const body of bodies) tries.push(fetch(at + path, { method: "POST", body, mode: "no-cors" }));
for (const method of ["PUT", "owned"]) tries.push(fetch(at, { method, body: "owned\n" }));
Promise.allSettled(tries).then((all) => done(all.length));
"""


def test_a_foreign_page_says_nothing(pages: Pages, tmp_path: Path) -> None:
    """Whatever it posts, with long paths and long lines too: nobody in the room hears of it."""
    with (
        serving(tmp_path) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=30) as person,
        foreign() as where,
    ):
        person.sendall(b"hello\n")
        heard = person.makefile("rb")
        assert heard.readline().endswith(b": hello\n")
        page = pages.open(where)
        page.driver.set_script_timeout(30)
        assert page.driver.execute_async_script(POSTS, f"http://127.0.0.1:{server.port}/") == 18
        page.console()  # Chromium has said what was refused
        person.sendall(b"the end\n")
        assert heard.readline().endswith(b": the end\n")


def test_a_foreign_page_reads_nothing(pages: Pages, fake: FakeServer) -> None:
    """A page of another server can neither open the socket, nor read a file, nor post a line, nor show the page."""
    with foreign() as where:
        page = pages.open(where)
        page.driver.set_script_timeout(20)
        assert page.driver.execute_async_script(TRIES, fake.url) == {
            "read": "refused",
            "socket": "refused",
            "frame": "hidden",
        }
        page.console()  # Chromium has said so, too
    assert fake.got == []
