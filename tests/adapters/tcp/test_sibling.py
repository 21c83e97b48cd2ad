"""A protocol that begins as HTTP and then carries messages, as a WebSocket does, behind the same listener."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from typing import cast

import attrs

from tests.adapters.tcp.ends import TcpClient, connections
from tests.waiting import until
from udpchat.adapters.tcp.address import WebSocketAddress
from udpchat.adapters.tcp.protocols.protocol import REQUEST_SECONDS, Ending, StreamProtocol
from udpchat.adapters.tcp.protocols.speakers import Speakers
from udpchat.adapters.tcp.sibling import SiblingCarrier
from udpchat.adapters.udp.address import SockAddr


@attrs.define(eq=False)
class Upgraded:
    """HTTP until a blank line; then each byte that comes is a message, and each that goes has a mark in front."""

    peer: SockAddr | None = ("192.0.2.7", 7)
    carrier: str = ""
    ended: bool = False
    own: bytes = b""

    def receive(self, data: bytes, _: float) -> Sequence[bytes]:
        """Take bytes."""
        if not self.carrier:
            if data.endswith(b"\r\n\r\n"):
                self.carrier, self.own = "websocket", b"open\n"
            return ()
        return [bytes((byte,)) for byte in data]

    def end_of_input(self, _: float) -> Sequence[bytes]:
        """Take the end."""
        return ()

    def tick(self, _: float) -> None:
        """Ping."""
        self.own = b"ping\n"

    def to_write(self) -> bytes:
        """Return what it has to say."""
        own, self.own = self.own, b""
        return own

    def frame(self, datagrams: Sequence[bytes]) -> bytes:
        """Return frames."""
        return b"".join(b"> " + each for each in datagrams)

    def closing(self, why: Ending | None) -> bytes:
        """Return the last frame."""
        return f"closed: {why.value if why else 'no reason'}\n".encode()


def test_a_connection_that_is_upgraded() -> None:
    """Its client has an address of the sibling, from where the proxy says it comes, and reads frames."""
    made: list[Upgraded] = []

    def serve(*_: SockAddr) -> StreamProtocol:
        made.append(Upgraded())
        return cast("StreamProtocol", made[-1])

    with connections("127.0.0.1", "127.0.0.1") as ends:
        carrier = ends.carrier
        carrier.timer = lambda: 100.0
        carrier.entrance.speakers = Speakers(100, serve)
        sibling = SiblingCarrier("websocket", carrier)
        page, text = ends.client(), ends.client()
        assert isinstance(page, TcpClient)
        page.sock.sendall(b"GET /ws HTTP/1.1\r\n\r\n")
        until(lambda: [carrier.receive(10), made and made[0].carrier][-1])
        page.reads([b"open\n"])
        page.sock.sendall(b"abc")
        until(lambda: len(carrier.traffic.watch.ready()) > 0)
        first = carrier.receive(2)
        assert carrier.due == 0.0
        second = carrier.receive(2)
        assert [payload for payload, _ in (*first, *second)] == [b"a", b"b", b"c"]
        address = first[0][1]
        assert isinstance(address, WebSocketAddress)
        assert (address.carrier, str(address)) == (sibling.name, "192.0.2.7:7")
        text.send(b"hi")
        ((_, other),) = ends.received(1)
        sibling.send([b"x\n", b"y\n"], (address,))
        carrier.send([b"x\n", b"y\n"], (other,))
        page.reads([b"> x\n> y\n"])
        text.reads([b"x\ny\n"])
        carrier.tick({address, other}.__contains__)
        page.reads([b"ping\n"])
        assert not sibling.receive(10)
        assert not sibling.ages(1.0)
        assert not sibling.undelivered()
        sibling.end((address,))
        page.reads([b"closed: no reason\n"])
        assert not sibling.bounces()
        assert [bounce.address for bounce in carrier.bounces()] == [address]


def test_a_request_that_does_not_end() -> None:
    """Slowloris: whoever sends a header byte by byte has so many seconds in all."""
    with connections("127.0.0.1", "127.0.0.1") as ends:
        carrier = ends.carrier
        carrier.entrance.speakers = Speakers(100, lambda *_: cast("StreamProtocol", Upgraded()))
        slow = ends.client()
        assert isinstance(slow, TcpClient)
        carrier.timer = lambda: 100.0
        slow.sock.sendall(b"GET / HTTP/1.1\r\n")
        until(lambda: [carrier.receive(10), any(each.protocol for each in carrier.traffic.all)][-1])
        for second in range(int(REQUEST_SECONDS) + 2):
            carrier.timer = repeat(100.0 + second).__next__
            slow.sock.sendall(b"x")
            carrier.receive(10)
            carrier.tick(lambda _: False)
        slow.reads([b"closed: not-joined\n"])
        assert not carrier.bounces()
