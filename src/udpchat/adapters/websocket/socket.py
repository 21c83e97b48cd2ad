"""One WebSocket: frames in, records out, and the control frames that belong to it (RFC 6455).

`websockets` reads the frames. The bounds are here: the size of a message, the number of its parts, and control frames
for each second. There is no compression, so no few bytes become many.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import Event, State
from websockets.server import ServerProtocol

from udpchat.adapters.websocket.messages import record

MAX_PARTS = 64  # of a message; a browser sends one, a proxy that cuts at 1,400 bytes some ten
MAX_CONTROL = 20  # ping and pong frames for each call of `tick`, which is a second; a browser sends none by itself
PING_SECONDS = 25.0  # of silence, then the client is asked; proxies end a connection after 60 s of silence
GONE_SECONDS = 75.0  # of silence, then the client counts as gone: it did not answer two pings

_CONTROL = (Opcode.PING, Opcode.PONG)


@attrs.define(eq=False)
class WebSocket:
    """A WebSocket that is open. `protocol` has accepted it."""

    protocol: ServerProtocol
    heard: float  # when something came last
    _pinged: float = attrs.field(default=0.0, init=False)
    _control: int = attrs.field(default=0, init=False)
    _parts: list[bytes] = attrs.field(factory=list, init=False)

    @property
    def ended(self) -> bool:
        """Whether it receives nothing more."""
        return self.protocol.state is State.CLOSED or self.protocol.close_sent is not None

    def receive(self, data: bytes, now: float) -> Sequence[bytes]:
        """Take bytes that came, and return a payload with the records that they complete."""
        self.heard = now
        self.protocol.receive_data(data)
        return self.records(self.protocol.events_received())

    def end_of_input(self) -> None:
        """Note that nothing more comes. A part of a message is nothing."""
        self.protocol.receive_eof()

    def tick(self, now: float) -> None:
        """Ask a silent client whether it is there, and end one that is not."""
        self._control = 0
        silent = now - self.heard
        if silent >= GONE_SECONDS:
            self._fail(CloseCode.GOING_AWAY, "no answer")
        elif silent >= PING_SECONDS and now - self._pinged >= PING_SECONDS:
            self._pinged = now
            self.protocol.send_ping(b"")

    def records(self, events: Iterable[Event]) -> Sequence[bytes]:
        """Return the payload that frames make, or nothing."""
        texts = [text for event in events if isinstance(event, Frame) and (text := self._text(event))]
        return (b"".join(map(record, texts)),) if texts else ()

    def _text(self, frame: Frame) -> bytes:
        """Return the message that a frame completes, or b""."""
        if self.ended:
            return b""
        if frame.opcode in _CONTROL:
            self._control += 1
            if self._control > MAX_CONTROL:
                self._fail(CloseCode.POLICY_VIOLATION, "too many control frames")
            return b""
        if frame.opcode is Opcode.BINARY:
            self._fail(CloseCode.UNSUPPORTED_DATA, "a message is text")
            return b""
        self._parts.append(bytes(frame.data))
        if len(self._parts) > MAX_PARTS:
            self._fail(CloseCode.POLICY_VIOLATION, "too many parts")
            return b""
        return self._whole() if frame.fin else b""

    def _whole(self) -> bytes:
        """Return the message whose parts have come."""
        text = b"".join(self._parts)
        self._parts.clear()
        try:
            text.decode()
        except UnicodeDecodeError:
            self._fail(CloseCode.INVALID_DATA, "a message is UTF-8")
            return b""
        return text.strip()

    def _fail(self, code: CloseCode, reason: str) -> None:
        if self.protocol.state is State.OPEN:
            self.protocol.fail(code, reason)
