"""Connections: how they come in, what they are taken for, and how they end."""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Iterator
from contextlib import suppress

import attrs
import pytest

from tests.adapters.tcp.ends import TcpClient, TcpEnds, connections
from tests.waiting import until
from udpchat.adapters.tcp import entrance
from udpchat.adapters.tcp.carrier import JOIN_SECONDS
from udpchat.adapters.tcp.connection import MAX_UNREAD, READ
from udpchat.adapters.tcp.entrance import BROWSING_SECONDS, SPARE_SECONDS
from udpchat.adapters.tcp.exits import ANSWERED, LINGER
from udpchat.adapters.tcp.listener import Exhausted, Listener
from udpchat.adapters.tcp.protocols.protocol import REQUEST_SECONDS
from udpchat.adapters.tcp.protocols.sniffing import SILENCE
from udpchat.adapters.udp.address import show
from udpchat.domain.address import Address
from udpchat.domain.datagram import Bounce


@pytest.fixture
def ends() -> Iterator[TcpEnds]:
    """Give the carrier, with a clock that stands still at 100 s."""
    with connections("127.0.0.1", "127.0.0.1") as made:
        at(made, 100.0)
        yield made


def at(ends: TcpEnds, now: float) -> None:
    """Set the clock."""
    ends.carrier.timer = lambda: now


def client(ends: TcpEnds) -> TcpClient:
    """Return a client that the carrier has accepted."""
    made = ends.client()
    assert isinstance(made, TcpClient)
    until(lambda: [*map(str, ends.carrier.receive(10)), any(each.peer == made.sock.getsockname() for each in
          ends.carrier.traffic.all)][-1])  # fmt: skip
    return made


def rest(ends: TcpEnds, sock: socket.socket) -> bytes:
    """Return all that a client can read until its connection ends, while the carrier goes on."""
    sock.settimeout(0)
    got = b""
    for _ in range(10_000):
        ends.carrier.receive(10)
        select.select([sock], [], [], 0.01)
        try:
            piece = sock.recv(1 << 16)
        except BlockingIOError:
            continue
        if not piece:
            return got
        got += piece
    raise AssertionError(got)


def member(ends: TcpEnds) -> tuple[TcpClient, Address]:
    """Return a client that has said a line, and its address."""
    made = client(ends)
    made.send(b"hi")
    ((_, address),) = ends.received(1)
    return made, address


def browse(ends: TcpEnds, browser: TcpClient) -> None:
    """Ask for a page, and go."""
    name = browser.sock.getsockname()
    browser.sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert rest(ends, browser.sock).startswith(b"HTTP/1.1 404 ")
    browser.close()
    until(
        lambda: not any(map(str, ends.carrier.receive(10))) and name not in {e.peer for e in ends.carrier.traffic.all}
    )


def readable(ends: TcpEnds) -> bool:
    """Return whether an event loop would call the carrier."""
    return bool(select.select([ends.carrier.sources[0][0]], [], [], 0)[0])


def test_one_who_is_silent_is_in_after_a_second(ends: TcpEnds) -> None:
    """A connection that says nothing is text after a second, and comes in by a blank line; then it is read as text."""
    person = client(ends)
    at(ends, 100.0 + SILENCE / 2)
    assert ends.carrier.receive(10) == []
    assert ends.carrier.due == SILENCE / 2
    at(ends, 100.0 + SILENCE)
    assert ends.carrier.due == 0.0
    ((payload, address),) = ends.carrier.receive(10)
    assert payload == b"\n"
    assert ends.carrier.due is None
    ends.carrier.send([b"welcome\n"], (address,))
    person.reads([b"welcome\n"])
    person.send(b"hello")
    assert ends.received(1) == [(b"hello", address)]


def test_what_a_browser_opens_and_does_not_need(ends: TcpEnds) -> None:
    """A silent connection from a host that just asked for a page is text only after the browser would have closed it.

    Who types something is in at once, and a request is answered.
    """
    spare, person, late = client(ends), client(ends), client(ends)
    at(ends, 100.0 + SILENCE / 2)
    browse(ends, client(ends))
    at(ends, 100.0 + SILENCE)
    assert ends.carrier.receive(10) == []
    assert ends.carrier.entrance.due(100.0 + SILENCE) == SPARE_SECONDS - SILENCE
    person.send(b"hello")
    assert [payload for payload, _ in ends.received(1)] == [b"hello"]
    browse(ends, late)
    at(ends, 100.0 + SPARE_SECONDS)
    assert [payload for payload, _ in ends.carrier.receive(10)] == [b"\n"]
    assert spare.name in {show(each.peer) for each in ends.carrier.traffic.all}
    assert ends.carrier.entrance.due(100.0 + SPARE_SECONDS) is None


def test_a_browser_that_closes_what_it_does_not_need(ends: TcpEnds) -> None:
    """Nobody was in, so nobody leaves, and all is forgotten."""
    spare = client(ends)
    browse(ends, client(ends))
    at(ends, 100.0 + SILENCE)
    assert ends.carrier.receive(10) == []
    spare.close()
    until(lambda: not [*ends.carrier.receive(10), *ends.carrier.traffic.all])
    assert ends.carrier.bounces() == []
    assert ends.carrier.entrance.due(100.0 + SILENCE) is None
    assert ends.carrier.entrance.census.all == 0


def test_a_browser_long_ago(ends: TcpEnds) -> None:
    """A host that asked for a page some time ago is one of people again."""
    browse(ends, client(ends))
    at(ends, 100.0 + BROWSING_SECONDS)
    client(ends)
    at(ends, 100.0 + BROWSING_SECONDS + SILENCE)
    assert [payload for payload, _ in ends.carrier.receive(10)] == [b"\n"]


def test_too_many_browsers(ends: TcpEnds, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that asked longest ago are forgotten."""
    monkeypatch.setattr(entrance, "MAX_BROWSING", 0)
    client(ends)
    browse(ends, client(ends))
    at(ends, 100.0 + SILENCE)
    assert [payload for payload, _ in ends.carrier.receive(10)] == [b"\n"]


def test_slow_http_is_no_text(ends: TcpEnds) -> None:
    """One who was silent for a second, and then turns out to be a browser, is refused and gone, and says nothing."""
    browser = client(ends)
    browser.sock.sendall(b"POST ")
    at(ends, 100.0 + SILENCE)
    ((_, address),) = ends.carrier.receive(10)
    browser.sock.sendall(b"/ HTTP/1.1\r\n\r\nhello\n")
    assert ends.bounced(1) == [Bounce(b"", address, ended=True)]
    assert rest(ends, browser.sock).startswith(b"HTTP/1.1 405 ")


def test_a_request_in_pieces(ends: TcpEnds) -> None:
    """A first line that comes in pieces is waited for, and the event loop is not called meanwhile."""
    browser = client(ends)
    browser.sock.sendall(b"GE")
    until(lambda: readable(ends))
    assert ends.carrier.receive(10) == []
    assert not readable(ends)
    browser.sock.sendall(b"T / HTTP/1.1\r\nHost: x\r\n\r\nhello\n")
    assert rest(ends, browser.sock).startswith(b"HTTP/1.1 404 ")


def test_a_first_line_that_is_not_ended(ends: TcpEnds) -> None:
    """What came before the end counts, also if it could have been the beginning of something else."""
    script = client(ends)
    script.sock.sendall(b"GE")
    until(lambda: readable(ends))
    assert ends.carrier.receive(10) == []
    script.sock.shutdown(socket.SHUT_WR)
    assert ends.received(1)[0][0] == b"GE"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\nhello\nworld\n", b"HTTP/1.1 405 Method Not Allowed\r\n"),
        (b"hello /nick HTTP/1.1\r\n\r\nhello\n", b"HTTP/1.1 405 "),
        (b"OPTIONS * HTTP/1.1\r\n\r\nhello\n", b"HTTP/1.1 405 "),
        (b"GET / HTTP/1.1\r\n\r\nhello\n", b"HTTP/1.1 404 "),
        (b"NICK me\r\nUSER me 0 * :me\r\nhello\n", b"ERROR :this is not an IRC server"),
        (b"\x16\x03\x01\x02\x00\x01\nhello\n", b"error - this port does not speak TLS"),
        (b"\x00\x01\x00\x08\x21\x12\xa4\x42\nhello\n", b""),
    ],
)
def test_what_is_no_text_is_never_chat(ends: TcpEnds, said: bytes, answer: bytes) -> None:
    """It gets one answer and the end, and nothing that follows is said, however much that is."""
    foreign = client(ends)
    foreign.sock.sendall(said + b"chat\n" * 1000)
    until(lambda: readable(ends))
    got = ends.carrier.receive(10)
    assert rest(ends, foreign.sock).startswith(answer)
    assert got == []
    assert not ends.carrier.bounces()
    assert not ends.carrier.traffic.by_address


def test_a_post_with_long_lines_is_never_chat(ends: TcpEnds) -> None:
    """What a foreign page can send: a path longer than is peeked at or read at once, then long and short lines."""
    foreign = client(ends)
    foreign.sock.settimeout(0)
    waiting = b"POST /" + b"p" * (READ + 5000) + b" HTTP/1.1\r\nHost: x\r\n\r\n" + (b"x" * READ + b"\nhello\n") * 3
    got, answer = list[bytes](), b""
    for _ in range(10_000):
        with suppress(OSError):
            waiting = waiting[foreign.sock.send(waiting) :]
        got += [payload for payload, _ in ends.carrier.receive(10)]
        with suppress(BlockingIOError):
            if not (piece := foreign.sock.recv(1 << 16)):
                break
            answer += piece
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert got == []


def test_what_is_said_before_the_end_counts(ends: TcpEnds) -> None:
    """One who sends a line and ends its half is answered for a while; then it is gone."""
    script = client(ends)
    script.sock.sendall(b"/list\nand more")
    script.sock.shutdown(socket.SHUT_WR)
    got = ends.received(2)
    assert [line for line, _ in got] == [b"/list", b"and more"]
    until(lambda: [ends.carrier.receive(9), ends.carrier.due][-1] is not None)
    ends.carrier.send([b"answer\n"], (got[0][1],))
    assert not ends.carrier.bounces()
    at(ends, 100.0 + ANSWERED)
    ends.carrier.receive(10)
    assert ends.carrier.bounces() == [Bounce(b"", got[0][1], ended=True)]
    assert rest(ends, script.sock) == b"answer\n"


def test_one_who_leaves_is_gone_at_once(ends: TcpEnds) -> None:
    """One that said its last line a while ago is gone when its end comes."""
    person, address = member(ends)
    at(ends, 100.0 + ANSWERED)
    person.close()
    assert ends.bounced(1) == [Bounce(b"", address, ended=True)]
    assert not ends.carrier.traffic.all


def test_a_reset_is_an_end(ends: TcpEnds) -> None:
    """A connection that is reset is gone at once."""
    person, address = member(ends)
    person.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    person.close()
    assert ends.bounced(1) == [Bounce(b"", address, ended=True)]


def test_a_reader_that_stops_reading(ends: TcpEnds) -> None:
    """It costs a bound of memory and its own place. Others get each line meanwhile, and it reads why if it goes on."""
    slow, address = member(ends)
    quick, other = member(ends)
    line = b"x" * 8000 + b"\n"
    sent = 0
    while ends.carrier.traffic.by_address.get(address) is not None:
        ends.carrier.send([line], (address, other))
        quick.reads([line])
        sent += 1
        assert sent < 2000
        assert all(each.unread <= MAX_UNREAD + len(line) for each in ends.carrier.traffic.all)
    assert ends.carrier.bounces() == [Bounce(b"", address, ended=True)]
    got = rest(ends, slow.sock)
    assert got.endswith(b"\nerror - you read too slowly, connect again\n")
    assert got.count(line) < sent
    assert got.removesuffix(b"error - you read too slowly, connect again\n") == line * got.count(line)


@attrs.define
class CountedSocket:
    """A socket that keeps what it is told to send: the object itself."""

    sock: socket.socket
    sent: list[object] = attrs.field(factory=list)

    def send(self, data: bytes) -> int:
        """Send, and take note."""
        self.sent.append(data)
        return self.sock.send(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self.sock, name)


def test_however_many_lines_are_one_send(ends: TcpEnds) -> None:
    """All lines of a turn are one system call for each client, and the same bytes for all are one object."""
    members = [member(ends) for _ in range(5)]
    counted: list[CountedSocket] = []
    for connection in ends.carrier.traffic.all:
        counted.append(CountedSocket(connection.sock))
        connection.sock = counted[-1]  # type: ignore[assignment]  # it stands for one
    ends.carrier.send([b"line %d\n" % number for number in range(100)], [address for _, address in members])
    assert [len(each.sent) for each in counted] == [1] * 5
    assert len({id(each.sent[0]) for each in counted}) == 1
    for person, _ in members:
        person.reads([b"line %d\n" % number for number in range(100)])


def test_a_reader_that_never_reads_again_is_closed(ends: TcpEnds) -> None:
    """What does not take its last bytes is closed a while later."""
    _, address = member(ends)
    while ends.carrier.traffic.by_address:
        ends.carrier.send([b"x" * 8000], (address,))
    assert ends.carrier.traffic.all
    assert ends.carrier.due == LINGER
    at(ends, 100.0 + LINGER)
    ends.carrier.receive(10)
    assert not ends.carrier.traffic.all


def test_a_record_that_does_not_end(ends: TcpEnds) -> None:
    """A client of JSON that sends a byte now and then, and no record, has to go."""
    slow = client(ends)
    slow.sock.sendall(b"\x1e")
    for second in range(int(REQUEST_SECONDS) + 2):
        at(ends, 100.0 + second)
        ends.carrier.receive(10)
        ends.carrier.tick(lambda _: False)
    assert b'"why": "not-joined"' in rest(ends, slow.sock)


def test_members_stay_and_others_go(ends: TcpEnds) -> None:
    """At a tick a client that was a member ends, and a stranger that does not join in time."""
    one, first = member(ends)
    two, _ = member(ends)
    _, third = member(ends)
    ends.carrier.tick({first, third}.__contains__)
    ends.carrier.tick({third}.__contains__)
    assert rest(ends, one.sock) == b""
    at(ends, 101.0 + JOIN_SECONDS)
    ends.carrier.tick({third}.__contains__)
    assert rest(ends, two.sock) == b"error - you did not join in time, connect again\n"
    assert list(ends.carrier.traffic.by_address) == [third]


def test_the_server_ends(ends: TcpEnds) -> None:
    """Every client reads why, those that do not read are not waited for, and one that is new gets nothing."""
    person, address = member(ends)
    newcomer = client(ends)
    ends.carrier.send([b"last\n"], (address,))
    ends.carrier.timer = iter(float(number) for number in range(100, 10_000)).__next__
    ends.carrier.end_all(3.0)
    ends.carrier.close()
    server = person.sock.getpeername()
    person.reads([b"last\nerror - the server ends, connect again in a moment\n"])
    assert newcomer.sock.recv(10) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(server)


def test_no_file_descriptor_left(ends: TcpEnds, monkeypatch: pytest.MonkeyPatch) -> None:
    """While no connection can be accepted, the event loop is not called for those that wait. Later they come in."""

    def exhausted(*_: object) -> None:
        raise Exhausted

    with monkeypatch.context() as patched:
        patched.setattr(Listener, "accept", exhausted)
        waiting = ends.client()
        until(lambda: readable(ends))
        ends.carrier.receive(10)
        assert not readable(ends)
        ends.carrier.receive(10)
    ends.carrier.tick(lambda _: False)
    waiting.send(b"hi")
    assert ends.received(1)[0][0] == b"hi"


def test_a_bug_in_a_protocol_costs_its_connection(ends: TcpEnds) -> None:
    """What a protocol raises is reported, and ends the one connection."""
    failed: list[Exception] = []
    ends.carrier.dispatcher.failed = failed.append
    person, address = member(ends)
    (connection,) = ends.carrier.traffic.all
    connection.protocol = None
    person.send(b"hi")
    assert ends.bounced(1) == [Bounce(b"", address, ended=True)]
    assert len(failed) == 1


def test_a_thousand_idle_connections_are_bounded() -> None:
    """So many as a census allows stay, others are refused with a sentence."""
    with connections("127.0.0.1", "127.0.0.1", max_clients=100) as ends:
        ends.carrier.entrance.census.most = 200
        idle = [ends.client() for _ in range(1000)]
        until(lambda: [ends.carrier.receive(256), not readable(ends)][-1])
        assert len(ends.carrier.traffic.all) == 200
        idle[500].reads([b"error - too many connections, try again in a moment\n"])
        idle[0].send(b"hi")
        assert (b"hi", str(idle[0])) in [(line, str(sender)) for line, sender in ends.received(1)]


def test_files_are_closed() -> None:
    """No file descriptor is left over when a carrier is closed."""
    before = os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd") else []  # noqa: PTH110, PTH208 - numbers
    with connections("127.0.0.1", "127.0.0.1") as ends:
        for _ in range(10):
            member(ends)
    after = os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd") else []  # noqa: PTH110, PTH208 - numbers
    assert len(after) == len(before)
