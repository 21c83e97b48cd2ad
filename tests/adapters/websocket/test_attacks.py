"""Attacks on the listener by HTTP and WebSocket, over real sockets and with a clock of the test."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import attrs
import pytest

from tests.adapters.websocket.ends import WebSocketClient, WebSocketEnds, websockets
from tests.waiting import until
from udpchat.adapters.tcp.connection import MAX_UNREAD, State
from udpchat.adapters.tcp.protocols.protocol import REQUEST_SECONDS
from udpchat.domain.datagram import Bounce

SLOW = 20  # connections


@attrs.define
class Clock:
    """A timer that goes when it is told."""

    now: float = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def ends() -> Iterator[WebSocketEnds]:
    """Give a carrier with a clock of the test."""
    with websockets("127.0.0.1", "127.0.0.1") as made:
        made.carrier.timer = Clock()
        yield made


def later(ends: WebSocketEnds, seconds: float) -> None:
    """Let time pass."""
    clock = ends.carrier.timer
    assert isinstance(clock, Clock)
    clock.now += seconds
    ends.carrier.receive(100)
    ends.carrier.tick(lambda _: True)


def count(ends: WebSocketEnds, number: int) -> bool:
    """Let the carrier look at its connections; return whether there are so many, and it is known what each speaks."""
    ends.carrier.receive(100)
    return [each.state for each in ends.carrier.traffic.all] == [State.OPEN] * number


def connect(ends: WebSocketEnds, data: bytes) -> socket.socket:
    """Connect, and send some bytes."""
    sock = socket.create_connection(("127.0.0.1", ends.port), timeout=10)
    sock.sendall(data)
    return sock


def test_a_slow_request_ends(ends: WebSocketEnds) -> None:
    """Who sends a head byte by byte keeps a connection for some seconds, however often a byte comes (slowloris)."""
    slow = [connect(ends, b"GET / HTTP/1.1\r\nHost: localhost\r\n") for _ in range(SLOW)]
    until(partial(count, ends, SLOW))
    for _ in range(int(REQUEST_SECONDS)):
        for sock in slow:
            sock.sendall(b"X: y\r\n")
        later(ends, 1.0)
    later(ends, 1.0)
    later(ends, 1.0)
    for sock in slow:
        assert sock.recv(1000).startswith(b"HTTP/1.1 408 ")
        sock.close()
    until(partial(count, ends, 0))


def test_who_asks_and_does_not_read_ends(ends: WebSocketEnds) -> None:
    """Who asks for many files and reads none takes a bounded amount of memory, for a bounded time."""
    greedy = connect(ends, b"GET /chat.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200)
    until(lambda: ends.carrier.receive(100) or [each.unread for each in ends.carrier.traffic.all if each.unread])
    for _ in range(10):
        ends.carrier.receive(100)
    waiting = sum(connection.unread for connection in ends.carrier.traffic.all)
    assert waiting < 64 * 20_000
    for _ in range(int(REQUEST_SECONDS) + 60):
        later(ends, 1.0)
    until(partial(count, ends, 0))
    greedy.close()


def test_a_flood_of_messages_is_taken_in_turns(ends: WebSocketEnds) -> None:
    """Of a client that sends without a pause, each turn takes a share; another client is served in the same turn."""
    flooder, other = ends.client(), ends.client()
    for _ in range(500):
        flooder.send(b'{"line":"' + b"x" * 100 + b'"}')
    other.send(b'{"line":"hello"}')
    got: list[bytes] = []

    def served() -> bool:
        got.extend(payload for payload, sender in ends.carrier.receive(2) if str(sender) == str(other))
        return bool(got)

    until(served)
    assert got == [b'\x1e{"line":"hello"}\n']


def test_who_does_not_read_its_messages_is_ended(ends: WebSocketEnds) -> None:
    """It costs a bound of memory and its own place; another client gets each message meanwhile."""
    slow, quick = ends.client(), ends.client()
    slow.send(b"1")
    quick.send(b"2")
    got = dict(ends.received(2))
    addresses = [got[b"1"], got[b"2"]]
    message, sent = b"x" * 8000 + b"\n", 0
    while got[b"1"] in ends.carrier.traffic.by_address:
        ends.carrier.send([message], addresses)
        quick.reads([message])
        sent += 1
        assert sent < 2000
        assert all(each.unread <= MAX_UNREAD + 2 * len(message) for each in ends.carrier.traffic.all)
    assert ends.carrier.bounces() == [Bounce(b"", got[b"1"], ended=True)]
    assert isinstance(slow, WebSocketClient)
    while slow.take():
        ends.carrier.receive(10)
    closing = json.loads(slow.messages[-1].lstrip(b"\x1e"))
    read = len(slow.messages) - 1
    assert (closing["event"], closing["why"]) == ("closing", "too-slow")
    assert slow.messages[:-1] == [message.removesuffix(b"\n")] * read
    assert read < sent


def test_a_post_with_lines_reaches_nobody(ends: WebSocketEnds) -> None:
    """A form of a foreign page, with lines of chat as its body, is refused, and nothing of it is received."""
    body = b'hello\r\n\x1e{"line":"hello"}\n'
    head = b"POST /ws HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body)
    sock = connect(ends, head + body)
    answered = b""
    sock.settimeout(0.01)
    for _ in range(200):
        assert ends.carrier.receive(100) == []
        with suppress(TimeoutError):
            answered += sock.recv(1000)
    assert answered.startswith(b"HTTP/1.1 405 ")
    sock.close()
