"""What a browser sends, and reads, without a browser."""

from __future__ import annotations

import attrs
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.http11 import Response
from websockets.uri import parse_uri

from udpchat.adapters.udp.address import SockAddr
from udpchat.adapters.websocket.connection import Web, WebConnection
from udpchat.adapters.websocket.proxies import read_networks
from udpchat.adapters.websocket.site import Site

MAX_LINE = 8000  # bytes
PEER: SockAddr = ("192.0.2.7", 50_000)
OWN: SockAddr = ("192.0.2.1", 12_000)
HOST = "192.0.2.1:12000"


def connection(
    *, names: frozenset[str] = frozenset(), trusted: str = "", peer: SockAddr = PEER, elsewhere: str = ""
) -> WebConnection:
    """Return a new connection."""
    return WebConnection(Web(Site(names, elsewhere), read_networks(trusted), MAX_LINE), peer, OWN)


def request(path: str = "/", *fields: str, method: str = "GET", host: str = HOST, version: str = "1.1") -> bytes:
    """Return a request."""
    lines = [f"{method} {path} HTTP/{version}", f"Host: {host}", *fields]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


@attrs.frozen
class Answer:
    """A response: its status, its fields with names in lower case, its body."""

    status: int
    fields: dict[str, str]
    body: bytes


def answer(response: bytes) -> Answer:
    """Read one response."""
    head, _, body = response.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    return Answer(int(first.split()[1]), fields, body)


def asked(*parts: bytes, web: WebConnection | None = None) -> Answer:
    """Return the answer to a request that comes in these parts."""
    web = web or connection()
    for part in parts:
        assert web.receive(part, 0.0) == ()
    return answer(web.to_write())


@attrs.define(eq=False)
class Browser:
    """A WebSocket from its end; `got` has the frames that came."""

    web: WebConnection = attrs.field(factory=connection)
    client: ClientProtocol = attrs.field(factory=lambda: ClientProtocol(parse_uri(f"ws://{HOST}/ws")))
    got: list[Frame] = attrs.field(factory=list)
    payloads: list[bytes] = attrs.field(factory=list)

    def open(self, **fields: str) -> int:
        """Open the WebSocket; return the status."""
        handshake = self.client.connect()
        for name, value in fields.items():
            handshake.headers[name.replace("_", "-")] = value
        self.client.send_request(handshake)
        self.exchange()
        status = self.client.handshake_exc and self.client.handshake_exc
        assert status is None, status
        return 101

    def exchange(self, now: float = 0.0) -> None:
        """Send what waits, and read what comes."""
        for data in self.client.data_to_send():
            if data:
                self.raw(data, now)

    def raw(self, data: bytes, now: float = 0.0) -> None:
        """Send these bytes, and read what comes."""
        self.payloads += self.web.receive(data, now)
        self.read()

    def read(self) -> None:
        """Read what the server has written."""
        written = self.web.to_write()
        if written:
            self.client.receive_data(written)
        for event in self.client.events_received():
            if isinstance(event, Response):
                continue
            assert isinstance(event, Frame)
            self.got.append(event)

    def says(self, text: bytes, now: float = 0.0) -> list[bytes]:
        """Send a text message; return the payloads that came of it."""
        self.client.send_text(text)
        self.exchange(now)
        payloads, self.payloads = self.payloads, []
        return payloads

    @property
    def code(self) -> int | None:
        """The code of the Close frame that came."""
        return self.client.close_rcvd.code if self.client.close_rcvd else None
