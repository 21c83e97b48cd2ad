"""The carrier of connections with clients that have a WebSocket, for the suite of all carriers and for attacks."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import cast

import attrs
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.protocol import State
from websockets.uri import parse_uri

from tests.adapters.tcp.ends import TcpClient, TcpEnds
from tests.adapters.udp.ends import ClientEnd, Ends
from tests.waiting import until
from udpchat.adapters.tcp.listener import listen_beside
from udpchat.adapters.udp.sockets.listen import listen
from udpchat.app.server.carriers import tcp_carrier
from udpchat.app.server.web import http_for
from udpchat.app.settings import Settings
from udpchat.domain.datagram import Datagram

READ = 65_536  # bytes
TRIES = 20  # ports


@attrs.define(eq=False)
class WebSocketClient(TcpClient):
    """A WebSocket on loopback. What the suite calls a datagram is a message here."""

    protocol: ClientProtocol = attrs.field(
        factory=lambda: ClientProtocol(parse_uri("ws://localhost/ws"), max_size=None), kw_only=True
    )
    messages: list[bytes] = attrs.field(factory=list, init=False)

    def open(self) -> None:
        """Ask for the WebSocket."""
        self.protocol.send_request(self.protocol.connect())
        self._flush()

    @property
    def is_open(self) -> bool:
        """Whether the server has opened it."""
        self.sock.settimeout(0.01)
        try:
            self.take()
        except TimeoutError:
            return False
        finally:
            self.sock.settimeout(10)
        return self.protocol.state is State.OPEN

    def send(self, payload: bytes) -> None:
        """Send a message."""
        self.protocol.send_text(payload)
        self._flush()

    def reads(self, datagrams: Sequence[bytes]) -> None:
        """Wait for the messages that carry these datagrams."""
        while len(self.messages) < len(datagrams) and self.take():
            pass
        got, self.messages = self.messages[: len(datagrams)], self.messages[len(datagrams) :]
        assert got == [each.removesuffix(b"\n") for each in datagrams]

    def take(self) -> bool:
        """Take what has come; return False at the end."""
        data = self.sock.recv(READ)
        if data:
            self.protocol.receive_data(data)
        events = self.protocol.events_received()
        self.messages += [bytes(each.data) for each in events if isinstance(each, Frame) and each.opcode == 1]
        return bool(data)

    def _flush(self) -> None:
        self.sock.sendall(b"".join(self.protocol.data_to_send()))


@attrs.define(eq=False)
class WebSocketEnds(TcpEnds):
    """WebSockets on loopback. `backlog` has what came while a client connected."""

    backlog: list[Datagram] = attrs.field(factory=list)

    def client(self) -> ClientEnd:
        """Return a client with a WebSocket of its own."""
        sock = socket.create_connection((self.connect_to, self.port), timeout=10)
        client = WebSocketClient(sock)
        self.clients.append(client)
        client.open()

        def opened() -> bool:
            self.backlog += self.carrier.receive(100)
            return client.is_open

        until(opened)
        return client

    def received(self, number: int) -> list[Datagram]:
        """Wait until `number` messages were received; return them without what makes a record of them."""
        got: list[Datagram] = []

        def enough() -> bool:
            came, self.backlog = [*self.backlog, *self.carrier.receive(number - len(got))], []
            for payload, sender in came:
                got.extend((each.removesuffix(b"\n"), sender) for each in payload.split(b"\x1e")[1:])
            return len(got) == number

        until(enough, lambda: got)
        return got


def listening(host: str) -> list[socket.socket]:
    """Return sockets that listen on a free port."""
    for _ in range(TRIES):
        beside = listen(host, 0)
        try:
            return listen_beside(beside)
        except OSError:  # something else has the port for TCP
            continue
        finally:
            for sock in beside:
                sock.close()
    raise AssertionError("no port is free")


@contextmanager
def websockets(host: str, connect_to: str) -> Iterator[WebSocketEnds]:
    """Give sockets that listen on `host`, and clients that connect to `connect_to`."""
    settings = Settings(host=host, port=0)
    streams = listening(host)
    carrier = tcp_carrier(settings, streams, http_for(settings, streams))
    ends = WebSocketEnds(carrier, connect_to)
    with closing(carrier):
        try:
            yield ends
        finally:
            for client in ends.clients:
                client.close()


@contextmanager
def over_websocket(host: str, connect_to: str) -> Iterator[Ends]:
    """Give the carrier over WebSockets for the suite of all carriers."""
    with websockets(host, connect_to) as ends:
        yield cast("Ends", ends)
