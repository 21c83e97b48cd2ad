"""One connection of a browser: requests for the page, and perhaps a WebSocket after them.

It has no socket and no clock; `udpchat.adapters.tcp` owns those. What it cannot do: read a body, speak HTTP/2 or TLS,
compress, and serve a connection for longer than that of requests is served (`REQUEST_SECONDS`).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus

import attrs
from websockets.http11 import Request
from websockets.server import ServerProtocol

from udpchat.adapters.host_port import split_host
from udpchat.adapters.tcp.protocols.protocol import Ending, HttpFactory
from udpchat.adapters.tcp.protocols.records import RECORD_OVERHEAD, closing_record
from udpchat.adapters.udp.address import SockAddr
from udpchat.adapters.websocket.head import BadRequestError, Head, check_method, cut_head, parse_head
from udpchat.adapters.websocket.hosts import is_ours, is_same_origin
from udpchat.adapters.websocket.messages import close_frame, text_frames
from udpchat.adapters.websocket.proxies import IpNetwork, client_behind, is_trusted
from udpchat.adapters.websocket.responses import refused, shown
from udpchat.adapters.websocket.site import SOCKET, Site
from udpchat.adapters.websocket.socket import WebSocket

CARRIER = "websocket"
MAX_REQUESTS = 64  # over one connection; the page has some 25 files

_SILENT = logging.getLogger("udpchat.websockets")  # the library would log what clients send
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False
_SILENT.setLevel(logging.CRITICAL)


@attrs.frozen
class Web:
    """What all connections share: the site, the networks of trusted proxies, and the bytes of the longest line."""

    site: Site
    trusted: tuple[IpNetwork, ...]
    max_line: int

    def factory(self) -> HttpFactory:
        """Return what makes the protocol of a connection."""
        return lambda peer, own: WebConnection(self, peer, own)


@attrs.define(eq=False)
class WebConnection:
    """Requests, one after the other, and then perhaps messages. It is a `StreamProtocol`."""

    web: Web
    socket_peer: SockAddr
    own: SockAddr
    peer: SockAddr | None = attrs.field(default=None, init=False)
    _received: bytes = attrs.field(default=b"", init=False)
    _written: list[bytes] = attrs.field(factory=list, init=False)
    _requests: int = attrs.field(default=0, init=False)
    _is_head: bool = attrs.field(default=False, init=False)
    _socket: WebSocket | None = attrs.field(default=None, init=False)
    _over: bool = attrs.field(default=False, init=False)

    @property
    def carrier(self) -> str:
        """The name of the carrier once the WebSocket is open, before that ""."""
        return CARRIER if self._socket else ""

    @property
    def ended(self) -> bool:
        """Whether it receives nothing more."""
        return self._over or (self._socket is not None and self._socket.ended)

    def receive(self, data: bytes, now: float) -> Sequence[bytes]:
        """Take bytes that came, and return the records that they complete."""
        if self._socket:
            return self._socket.receive(data, now)
        self._received += data
        try:
            while self._received and not self.ended:
                check_method(self._received)
                cut = cut_head(self._received)
                if cut is None:
                    break
                head, self._received = cut
                self._requests += 1
                self._is_head = head.startswith(b"HEAD ")
                self._serve(parse_head(head), head, now)
                if self._socket:  # what came behind the request is frames
                    rest, self._received = self._received, b""
                    return self._socket.receive(rest, now) if rest else ()
        except BadRequestError as exc:
            self._refuse(exc)
        return ()

    def end_of_input(self, now: float) -> Sequence[bytes]:  # noqa: ARG002 - nothing is due
        """Note that nothing more comes. A request that was not ended is nothing."""
        if self._socket:
            self._socket.end_of_input()
        self._over = True
        return ()

    def tick(self, now: float) -> None:
        """Ask a silent client whether it is there."""
        if self._socket:
            self._socket.tick(now)

    def to_write(self) -> bytes:
        """Return responses and control frames."""
        if self._socket:
            self._written += self._socket.protocol.data_to_send()
        written = b"".join(self._written)
        self._written.clear()
        return written

    def frame(self, datagrams: Sequence[bytes]) -> bytes:
        """Return a text message for each record."""
        return text_frames(datagrams)

    def closing(self, why: Ending | None) -> bytes:
        """Return the last message and the Close frame; to one who has not asked for anything whole, a status."""
        if self._socket:
            if self._socket.ended:
                return b""
            return (text_frames([closing_record(why)]) if why else b"") + close_frame(why)
        if why is None or self._over or not self._received:
            return b""
        status = HTTPStatus.SERVICE_UNAVAILABLE if why in (Ending.TOO_MANY, Ending.RESTART) else 408
        return refused(status, why.sentence)

    def _serve(self, head: Head, raw: bytes, now: float) -> None:
        """Answer a request."""
        host = self._host(head)
        origin = head.one("origin")
        if origin is not None and not is_same_origin(origin, host):
            raise BadRequestError(403, "a page of another server may not speak with this one")
        if head.path == SOCKET:
            self._open(head, raw, now)
            return
        secure = is_trusted(self.socket_peer, self.web.trusted) and head.all("x-forwarded-proto")[-1:] == ["https"]
        found = self.web.site.find(head.path, host, self.own[0], self.own[1], secure=secure)
        if found is None:
            raise BadRequestError(404, "there is no such page, the chat is at /")
        persists = head.persists and self._requests < MAX_REQUESTS
        known = head.one("if-none-match")
        self._written.append(shown(found, host=host, known=known, body=head.method == "GET", persists=persists))
        self._over = not persists

    def _host(self, head: Head) -> str:
        """Return the `Host` of a request. Raise `BadRequestError` if it is not ours."""
        host = (head.one("host") or "").strip()
        parts = split_host(host)
        if parts is None:
            raise BadRequestError(400, "this request does not say for which host it is")
        if not is_ours(parts[0], self.web.site.names):
            raise BadRequestError(
                403, "this server does not answer to that name, its operator can add it to --web-hosts"
            )
        return host

    def _open(self, head: Head, raw: bytes, now: float) -> None:
        """Open a WebSocket, or say what is missing."""
        if head.method != "GET":
            raise BadRequestError(405, "a WebSocket is opened with GET")
        size = self.web.max_line + RECORD_OVERHEAD
        protocol = ServerProtocol(max_size=size, logger=_SILENT)
        protocol.receive_data(b"\r\n".join(raw.splitlines()) + b"\r\n\r\n")
        request = next((each for each in protocol.events_received() if isinstance(each, Request)), None)
        if request is None:
            raise BadRequestError(400, "this request cannot be read")
        response = protocol.accept(request)
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            raise BadRequestError(response.status_code, "this is where programs open a WebSocket, the chat is at /")
        protocol.send_response(response)
        self.peer = client_behind(self.socket_peer, head.all("x-forwarded-for"), self.web.trusted)
        self._socket = WebSocket(protocol, now)

    def _refuse(self, exc: BadRequestError) -> None:
        self._written.append(refused(exc.status, exc.sentence, body=not self._is_head))
        self._over = True
