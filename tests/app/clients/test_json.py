"""Programs that outlive their servers, killed by -9, their addresses and connections: bytes on a socket alone."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.app.clients.peers import Peer, of_kind
from tests.app.clients.processes import SERVE, Program, port_of, serving, start
from tests.waiting import until


@contextmanager
def server(tmp_path: Path, port: int) -> Iterator[tuple[Program, int]]:
    """Run a server with a journal, which is killed at the end."""
    arguments = ("--host", "127.0.0.1", "--journal", str(tmp_path / "room.journal"), "--rate", "0")
    program = start([*SERVE, str(port), *arguments], log=tmp_path / "server.log")
    try:
        program.prints(r"(join with|join here): .*")
        yield program, port_of(program)
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


def test_a_program_that_was_silent_is_a_program_then(tmp_path: Path) -> None:
    """Over TCP it is greeted as a person at first; from its first object on, it reads objects alone."""
    with serving(tmp_path, "--host", "127.0.0.1") as running, connected(running.port) as late:
        greeting = until_read(late, b"type /help for what you can do\n")
        late.send(b'\x1e{"hello":{"v":1,"nick":"robot"}}\n')
        (welcome,) = objects_in(until_read(late, b'"event":"welcome"'))
        assert greeting.startswith(f"you are {welcome['you']},".encode())
        late.send(b'\x1e{"line":"hi","id":1}\n')
        said, done = objects_in(until_read(late, b'"event":"done"'))
        assert (said["text"], said["nick"], done["seq"]) == ("hi", welcome["you"], said["seq"])


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
