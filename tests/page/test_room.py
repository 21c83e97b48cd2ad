"""The page in a real room: with netcats over UDP and TCP, socat and a program; and over the crash of a server."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import attrs
from selenium.webdriver import Keys

from tests.app.clients.processes import SERVE, Program, free_port, needs, running, serving, start
from tests.page.page import Page, Pages
from tests.waiting import until
from udpchat.adapters.admin.messages import Request
from udpchat.adapters.admin.socket import ask


@attrs.define(eq=False)
class Program_:  # noqa: N801 - `Program` is a process
    """A client that speaks the JSON dialect over TCP, in a few lines."""

    sock: socket.socket
    got: list[dict[str, object]] = attrs.field(factory=list)
    _begun: bytes = b""

    def send(self, **given: object) -> None:
        """Send an object."""
        self.sock.sendall(b"\x1e%b\n" % json.dumps(given).encode())

    def said(self) -> list[object]:
        """Return all texts that were said so far."""
        self.sock.settimeout(0.01)
        with suppress(TimeoutError):
            self._begun += self.sock.recv(65_536)
        *whole, self._begun = self._begun.split(b"\n")
        self.got += [json.loads(each.lstrip(b"\x1e")) for each in whole]
        return [each["text"] for each in self.got if each["event"] == "said"]

    def reads(self, text: str) -> None:
        """Wait until a text was said."""
        until(lambda: text in self.said())


@contextmanager
def program(port: int, nick: str) -> Iterator[Program_]:
    """Give a program that is in the room."""
    with socket.create_connection(("localhost", port), timeout=30) as sock:
        client = Program_(sock)
        client.send(hello={"v": 1, "nick": nick})
        yield client


def test_everybody_is_in_one_room(pages: Pages, tmp_path: Path) -> None:
    """Netcats, socat, a program and a page each say a line, and read all; they write privately, rename, kick and go."""
    for name in ("nc.openbsd", "socat"):
        needs(name)
    with ExitStack() as stack:
        server = stack.enter_context(serving(tmp_path))
        port = str(server.port)
        udp, tcp, socat = (
            stack.enter_context(running(command.split()))
            for command in (
                f"nc.openbsd -u localhost {port}",
                f"nc.openbsd localhost {port}",
                f"socat - UDP:localhost:{port}",
            )
        )
        robot = stack.enter_context(program(server.port, "robot"))
        page = pages.open(f"http://localhost:{port}/")
        page.join("ana")
        page.say("/join kitchen")
        page.waits("#room", "kitchen", exactly=True)
        netcats = {"udp": udp, "tcp": tcp, "socat": socat}
        for nick, netcat in netcats.items():
            netcat.say(f"/nick {nick}")
            netcat.prints(f"new nickname set .*->{nick}")
            netcat.say("/join kitchen")
            netcat.prints("you are in kitchen with .*")
        robot.send(line="/join kitchen", id=1)
        until(lambda: (robot.said(), [each for each in robot.got if each["event"] == "room-entered"])[1])
        for nick, netcat in netcats.items():
            netcat.say(f"I am {nick}")
        robot.send(line="I am robot", id=2)
        page.say("I am ana")
        for nick in (*netcats, "robot", "ana"):
            page.reads(f"I am {nick}")
            for netcat in netcats.values():
                netcat.prints(f"{nick}: I am {nick}")
            robot.reads(f"I am {nick}")
        page.say("/msg udp psst")
        udp.prints(r"\[ana -> you\] psst")
        udp.say("/reply yes?")
        page.waits("#privates .count", "1")
        page.click("#privates button")
        page.reads("yes?")
        assert page.said() == ["psst", "yes?"]
        page.click("#rooms li:nth-child(2) button")
        tcp.say("/nick tom")
        page.waits(".notice .what", "tcp changed their nickname to tom")
        page.say("/kick socat stop that")
        socat.prints("ana kicked you: stop that")
        page.waits(".notice .what", "kicked socat: stop that")
        udp.say("/quit")
        page.waits(".notice .what", "udp has disconnected.")
        until(
            lambda: page.all("#member-list .nick") == ["ana", "robot", "tom"], lambda: str(page.all("#member-list li"))
        )


def crash(folder: Path, port: int) -> Program:
    """Start a server with a journal, on a port that stays the same."""
    command = [*SERVE, str(port), "--journal", str(folder / "room.journal")]
    program = start(command, folder / "server.log")
    program.prints("end with: .*")
    return program


def nothing_waits(page: Page) -> bool:
    """Return whether every line of a page has an outcome."""
    return not page.all(".sending")


def test_a_crash_loses_nothing(pages: Pages, tmp_path: Path) -> None:
    """The server is killed while two pages and a netcat talk: each line is on both pages, once, and all go on."""
    needs("nc.openbsd")
    port = free_port("127.0.0.1", "::1")
    server = crash(tmp_path, port)
    try:
        ana, ben = (pages.open(f"http://{host}:{port}/") for host in ("localhost", "127.0.0.1"))
        for page, name in ((ana, "ana"), (ben, "ben")):
            page.join(name)
        with running(["nc.openbsd", "-u", "127.0.0.1", str(port)]) as netcat:
            netcat.say("/nick cleo")
            netcat.prints("new nickname set .*->cleo")
            expected = []
            for number in range(12):
                if number in {3, 7}:
                    server.end(signal.SIGKILL)
                for page, name in ((ana, "ana"), (ben, "ben")):
                    page.say(f"{name} {number}")
                    expected.append(f"{name} {number}")
                if number in {3, 7}:
                    time.sleep(0.3)  # the pages notice that nobody is there
                    server = crash(tmp_path, port)
                netcat.say(f"cleo {number}")
                expected.append(f"cleo {number}")
                netcat.prints(f"cleo: cleo {number}")
            for page in (ana, ben):
                for line in expected:
                    page.reads(line)
                until(partial(nothing_waits, page))
                assert sorted(page.said()) == sorted(expected)
                assert page.all(".refused") == []
                for name in ("ana", "ben", "cleo"):
                    own = [each for each in page.said() if each.startswith(name)]
                    assert own == [f"{name} {number}" for number in range(12)]
            assert not any("disconnected" in line for line in netcat.printed)
    finally:
        server.end(signal.SIGKILL)


def test_a_key_and_a_claim(pages: Pages, tmp_path: Path) -> None:
    """With a key, the page asks for it; a name that was claimed is there again after the session is over."""
    key = tmp_path / "key"
    key.write_text("sesame open", encoding="utf-8")
    key.chmod(0o600)
    with serving(tmp_path, "--key-file", str(key), "--session-seconds", "1") as server:
        page = pages.open(f"http://localhost:{server.port}/")
        enter(page, "ana", "wrong")
        page.waits("#entry-note", "That was not the key.")
        page.press("sesame open", Keys.ENTER)
        page.waits("#self-name", "ana", exactly=True)
        page.click("#self")
        page.click("#claim")
        until(lambda: page.js("return localStorage.getItem('udpchat.claim')"))
        page.say("/quit")
        page.waits("#entry-note", "You have left the chat.")
        enter(page, "somebody", "sesame open")
        until(lambda: page.sees("#chat"))
        page.waits("#self-name", "ana", exactly=True)


def enter(page: Page, name: str, key: str) -> None:
    """Type a name, and then a key."""
    until(lambda: page.sees("#name"))
    page.find("#name").clear()
    page.find("#name").send_keys(name, Keys.ENTER)
    until(lambda: page.sees("#key"))
    page.find("#key").clear()
    page.find("#key").send_keys(key, Keys.ENTER)


def test_who_is_removed_reads_why(pages: Pages, tmp_path: Path) -> None:
    """Who is kicked or banned reads by whom and why, does not come back by itself, and may try."""
    socket_path = tmp_path / "admin"
    with serving(tmp_path, "--admin", str(socket_path)) as server:
        page = pages.open(f"http://localhost:{server.port}/")
        page.join("ana")
        assert ask(socket_path, Request("kick", "ana stop that")).done
        page.waits("#entry-note", "Server kicked you: stop that.")
        page.click("#entry-form button")
        until(lambda: page.sees("#chat"))
        assert ask(socket_path, Request("ban", "ana 1h no more")).done
        page.waits("#entry-note", "Server banned you for 1 hour: no more.")


def test_a_name_without_tls(pages: Pages, tmp_path: Path) -> None:
    """Under a name, and without TLS, the page says that others can read along, and works all the same."""
    pages.browser.needs("chat.example")
    with serving(tmp_path, "--web-hosts", "chat.example") as server:
        page = pages.open(f"http://chat.example:{server.port}/")
        until(lambda: page.sees("#entry-open"))
        assert page.js("return isSecureContext") is False
        page.join("ana")
        page.say("hello")
        page.reads("hello")
        page.click("#bell")
        until(lambda: page.find("#bell").get_attribute("aria-pressed") == "true")
        assert "a sound" in str(page.find("#bell").get_attribute("title"))
        page.driver.refresh()
        page.reads("hello")


def test_a_name_of_somebody_else(pages: Pages, tmp_path: Path) -> None:
    """A page of somebody else whose name was pointed at the server (DNS rebinding) reads nothing of it."""
    pages.browser.needs("evil.example")
    with serving(tmp_path) as server:
        page = pages.open(f"http://evil.example:{server.port}/")
        assert page.text("body").startswith("this server does not answer to that name")
        read = "const done = arguments[0]; fetch('/commands.json').then((answer) => done(answer.status))"
        assert page.driver.execute_async_script(read) == 403
        opened = (
            "const done = arguments[0], socket = new WebSocket('ws://' + location.host + '/ws');"
            "socket.onopen = () => done('open'); socket.onclose = () => done('refused');"
        )
        assert page.driver.execute_async_script(opened) == "refused"
        page.console()  # Chromium has said so, too


def test_a_restart_in_order(pages: Pages, tmp_path: Path) -> None:
    """A server that ends in order says so; when it is back, the page is the same member."""
    port = free_port("127.0.0.1", "::1")
    server = crash(tmp_path, port)
    page = pages.open(f"http://localhost:{port}/")
    page.join("ana")
    page.say("before")
    page.reads("before")
    assert server.end() == 0
    page.waits("#status", "The server cannot be reached.")
    server = crash(tmp_path, port)
    try:
        until(lambda: page.text("#status") == "")
        page.say("after")
        page.reads("after")
        assert page.said() == ["before", "after"]
        until(lambda: page.all("#member-list .nick") == ["ana"])
        assert page.all(".notice") == []
    finally:
        server.end(signal.SIGKILL)
