"""Programs that outlive their servers, killed by -9, their addresses and connections: bytes on a socket alone."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs

from tests.app.clients.processes import SERVE, Program, serving, start
from tests.docs.objects import check
from tests.waiting import until


@attrs.define(eq=False)
class Peer:
    """A program at an address of its own, with no code of the server's: it sends and reads bytes."""

    port: int
    socket: socket.socket = attrs.field(init=False)
    got: list[dict[str, Any]] = attrs.field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", self.port))
        self.socket.settimeout(0)

    def send(self, **fields: Any) -> None:
        """Send one object."""
        self.socket.send(b"\x1e%b\n" % json.dumps(fields).encode())

    def read(self) -> None:
        """Read what has come. Each datagram must have whole records, as RFC 7464 and the schema say."""
        while True:
            try:
                payload = self.socket.recv(65_536)
            except OSError:  # nothing more, or no server is there now
                return
            assert payload[:1] == b"\x1e"
            assert payload[-1:] == b"\n"
            for text in payload[1:].split(b"\x1e"):
                found = json.loads(text)
                check(found)
                self.got.append(found)

    def waits(self, is_it: Callable[[dict[str, Any]], bool], **fields: Any) -> dict[str, Any]:
        """Send an object again and again until the one comes that is meant, as a program does over UDP; return it."""
        found: list[dict[str, Any]] = []

        def came() -> bool:
            if fields:
                self.send(**fields)
            self.read()
            found.extend(filter(is_it, self.got))
            return bool(found)

        until(came, lambda: self.got[-9:])
        return found[-1]

    def numbers(self) -> list[int]:
        """Return the numbers of all events of the lobby that it has, each once."""
        return sorted({each["seq"] for each in self.got if each.get("room") == "lobby" and "id" not in each})


def of_kind(kind: str, **fields: Any) -> Callable[[dict[str, Any]], bool]:
    """Return what says whether an object is of a kind, and has these fields."""
    return lambda each: each["event"] == kind and fields.items() <= each.items()


@contextmanager
def server(tmp_path: Path, port: int) -> Iterator[tuple[Program, int]]:
    """Run a server with a journal, which is killed at the end."""
    arguments = ("--host", "127.0.0.1", "--journal", str(tmp_path / "room.journal"), "--rate", "0")
    program = start([*SERVE, str(port), *arguments], log=tmp_path / "server.log")
    try:
        program.prints(r"(join with|join here): .*")
        yield program, int(program.printed[1].split()[-1].removesuffix(")"))
    finally:
        program.end(signal.SIGKILL)


def test_a_program_goes_on_over_udp_after_a_crash_and_at_another_address(tmp_path: Path) -> None:
    """The server is killed by -9 and started again, the program has another address: it misses nothing.

    Nobody reads that it left or came, its line with an id counts once, and its old address reads that it went on.
    """
    with ExitStack() as stack, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as person:
        person.settimeout(0)
        heard = bytearray()

        def says(text: str) -> None:
            def came() -> bool:
                with suppress(OSError):  # nothing came yet
                    heard.extend(person.recv(65_536))
                return text.encode() in heard

            person.send(f"{text}\n".encode())
            until(came, lambda: heard)

        with server(tmp_path, 0) as (_, port):
            person.connect(("127.0.0.1", port))
            bot = Peer(port)
            stack.enter_context(bot.socket)
            welcome = bot.waits(of_kind("welcome"), hello={"v": 1, "nick": "robot"})
            begin = welcome["rooms"][0]["seq"]
            for number in range(5):
                says(f"before {number}")
            done = bot.waits(of_kind("done", id=1), line="only once", id=1)
            first = bot.waits(of_kind("said", text="before 4"))
        with server(tmp_path, port):
            says("after the crash")
            late = Peer(port)
            stack.enter_context(late.socket)
            places = {"rooms": {"lobby": begin}, "own": 0, "log": welcome["log"]}
            session = [each["session"] for each in bot.got if each["event"] == "welcome"][-1]
            again = late.waits(of_kind("welcome"), hello={"v": 1, "session": session, **places})
            assert (again["you"], again["log"], again["rooms"][0]["seq"]) == ("robot", welcome["log"], begin + 7)
            says("after it moved")
            late.waits(of_kind("said", text="after it moved"))
            late.waits(of_kind("done", id=1), line="only once", id=1)
            assert late.waits(of_kind("said", text="before 4")) == first
            assert late.numbers() == [*range(begin + 1, begin + 9)]
            assert [each["text"] for each in late.got if each.get("seq") == done["seq"] and "text" in each][:1] == [
                "only once"
            ]
            bot.waits(of_kind("session-moved"))
            says("the end")
    assert heard.count(b"robot: only once") == 1
    assert b"connected" not in heard


def test_a_program_whose_connection_breaks_is_back_without_a_word(tmp_path: Path) -> None:
    """Over TCP, too: it connects again and shows its session, and has what was said meanwhile."""
    with serving(tmp_path, "--host", "127.0.0.1") as running, ExitStack() as stack:
        person, first = (stack.enter_context(connected(running.port)) for _ in range(2))
        person.send(b"hello\n")
        until_read(person, b"hello\n")
        first.send(b'\x1e{"hello":{"v":1,"nick":"robot"}}\n')
        welcome = objects_in(until_read(first, b"you are robot"))[0]
        seq = welcome["rooms"][0]["seq"]
        first.close()
        person.send(b"while it was away\n")
        heard = until_read(person, b"while it was away\n")
        again = stack.enter_context(connected(running.port))
        hello = {"v": 1, "session": welcome["session"], "rooms": {"lobby": seq}, "log": welcome["log"]}
        again.send(b"\x1e%b\n" % json.dumps({"hello": hello}).encode())
        back, said = objects_in(until_read(again, b"while it was away"))
        assert (back["you"], said["seq"], said["text"]) == ("robot", seq + 1, "while it was away")
        person.send(b"the end\n")
        assert b"connected" not in heard + until_read(person, b"the end\n")


def connected(port: int) -> socket.socket:
    """Return a connection to a server."""
    made = socket.create_connection(("127.0.0.1", port))
    made.settimeout(0)
    return made


def until_read(connection: socket.socket, end: bytes) -> bytes:
    """Return what comes, up to a part that has this in it and is whole."""
    found = bytearray()

    def came() -> bool:
        with suppress(OSError):  # nothing came yet
            found.extend(connection.recv(65_536))
        return end in found and found.endswith(b"\n")

    until(came, lambda: found)
    return bytes(found)


def objects_in(payload: bytes) -> list[dict[str, Any]]:
    """Return the objects that were read."""
    return [json.loads(text) for text in payload.split(b"\x1e")[1:]]
