"""The event loop of a node, and what becomes of a server's socket there when clients go away."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.cluster import node, said
from tests.app.processes import clients, running
from tests.engine import Servers
from tests.waiting import LIMIT, until
from udpchat.app.loop import NodeLoop


def run(work: Callable[[NodeLoop, socket.socket], object], patience: float = LIMIT) -> list[object]:
    """Have the loop run until it is stopped, with a socket; return what was told of failures."""
    told: list[object] = []
    loop = NodeLoop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0)
        try:
            loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
            loop.call_later(patience, told.append, TimeoutError())
            loop.call_later(patience, loop.stop)
            work(loop, sock)
            loop.run_forever()
        finally:
            loop.close()
            loop.close()  # as it may be for any loop
    return told


def test_a_socket_is_read_on_after_an_error() -> None:
    """A report that nobody listens any more is met like what is to be read, time and again."""
    met = []

    def work(loop: NodeLoop, sock: socket.socket) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
            gone.bind(("127.0.0.1", 0))
            nobody = gone.getsockname()
        sock.connect(nobody)

        def readable() -> None:
            with pytest.raises(ConnectionRefusedError):
                sock.recv(1)
            met.append(True)
            if len(met) == 3:
                loop.stop()
            else:
                sock.send(b"x")

        loop.add_reader(sock, readable)
        sock.send(b"x")

    assert run(work) == []
    assert len(met) == 3


def test_readers_and_writers_of_one_socket() -> None:
    """Each is called for what it watches, until it is taken away; so is the one that replaces another."""
    called: list[object] = []

    def work(loop: NodeLoop, sock: socket.socket) -> None:
        def writable(name: str) -> None:
            called.append(name)
            loop.remove_writer(sock)
            sock.sendto(b"x", sock.getsockname())

        def readable() -> None:
            called.append(sock.recv(1))
            loop.remove_reader(sock)
            loop.remove_reader(sock)  # does nothing
            sock.sendto(b"y", sock.getsockname())  # which nobody reads
            loop.call_later(0.05, loop.stop)

        loop.add_reader(sock, readable)
        loop.add_writer(sock, writable, "replaced")
        loop.add_writer(sock, writable, "called")

    assert run(work) == []
    assert called == ["called", b"x"]


def test_a_callback_that_fails() -> None:
    """It is told where failures of all callbacks are, and the others are called."""
    failure = RuntimeError("a bug")

    def work(loop: NodeLoop, sock: socket.socket) -> None:
        def fail() -> None:
            loop.remove_writer(sock)
            loop.call_soon(loop.stop)
            raise failure

        loop.add_writer(sock, fail)

    assert run(work) == [failure]


def test_asyncio_itself_works_there() -> None:
    """What the library for the engine needs: connections, tasks, and time-outs."""

    async def echoed() -> bytes:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readline())
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hello\n")
            answer = await asyncio.wait_for(reader.read(), LIMIT)
            writer.close()
            return answer

    with asyncio.Runner(loop_factory=NodeLoop) as runner:
        assert runner.run(echoed()) == b"hello\n"


def test_clients_of_a_node_that_end_leave_and_the_others_talk_on(tmp_path: Path, servers: Servers) -> None:
    """One after the other, netcats that are ended leave the room, and nobody else misses a line."""
    with node(tmp_path, servers, "a") as one, clients(one.port, "nc.openbsd") as (ann,):
        ann.say("hello")
        for number in range(3):
            with running(["nc.openbsd", "-u", "127.0.0.1", str(one.port)]) as other:
                other.say(f"I am {number}")
                until(lambda: f"I am {number}" in said(ann), lambda: ann.printed)  # noqa: B023 - called at once
            ann.say(f"bye {number}")
            until(lambda: sum("disconnected" in line for line in ann.printed) == number + 1, lambda: ann.printed)  # noqa: B023
            ann.say(f"gone {number}")
            until(lambda: f"gone {number}" in said(ann), lambda: ann.printed)  # noqa: B023
