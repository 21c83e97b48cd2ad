"""What `udpchat say` does with answers that a server rarely gives."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest

from udpchat.app.cli.say import connection
from udpchat.app.cli.say.connection import Connection, NoAnswer
from udpchat.domain.datagram import RECORD_SEPARATOR

DONE = {"event": "done"}
UNREACHABLE = {"event": "error", "code": "room-unreachable", "line": "error - the room is unreachable"}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat lines at once."""
    monkeypatch.setattr(connection, "SLOW_SECONDS", 0.01)


@contextmanager
def answering(*answers: dict[str, Any]) -> Iterator[tuple[Connection, list[dict[str, Any]]]]:
    """Give a connection to a server that answers by the next of these, and then by the last; and what came."""
    asked: list[dict[str, Any]] = []

    def serve() -> None:
        left = [*answers]
        while True:
            data, address = server.recvfrom(9000)
            if not data:
                return
            asked.append(json.loads(data.removeprefix(RECORD_SEPARATOR)))
            answer = left.pop(0) if len(left) > 1 else left[0]
            server.sendto(RECORD_SEPARATOR + json.dumps({**answer, "id": asked[-1]["id"]}).encode() + b"\n", address)

    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours,
    ):
        server.bind(("127.0.0.1", 0))
        ours.connect(server.getsockname())
        thread = Thread(target=serve)
        thread.start()
        try:
            yield Connection(ours), asked
        finally:
            ours.send(b"")
            thread.join()


def test_a_room_that_is_unreachable_for_a_moment() -> None:
    """A line that a cluster did not take in time is said again with its number, since it may count all the same."""
    with answering(UNREACHABLE, UNREACHABLE, DONE) as (says, asked):
        assert says.say("hello")["event"] == "done"
    assert asked == [{"line": "hello", "id": 1}] * 3


def test_a_room_that_stays_unreachable() -> None:
    """There is no answer then, and the sentence of the server says why."""
    with answering(UNREACHABLE) as (says, _), pytest.raises(NoAnswer, match=r"^the room is unreachable$"):
        says.say("hello", seconds=0.1)


def test_a_line_that_came_too_fast() -> None:
    """It is said again with its number until it is not too fast any more, however long that takes."""
    slow = {"event": "error", "code": "slow-down", "line": "error - slow down, 1 line was not sent"}
    with answering(slow, slow, slow, DONE) as (says, asked):
        assert says.say("hello", seconds=0.5)["event"] == "done"
    assert asked == [{"line": "hello", "id": 1}] * 4
