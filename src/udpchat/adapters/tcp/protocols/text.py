"""Text over a connection: lines, as over UDP. What turns out to be no text is refused with one sentence."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from udpchat.adapters.tcp.address import TcpAddress
from udpchat.adapters.tcp.protocols.framing import LineFramer
from udpchat.adapters.tcp.protocols.protocol import Ending
from udpchat.adapters.tcp.protocols.refusal import refusal_of
from udpchat.adapters.tcp.protocols.sniffing import FirstLine, Speech, of_line
from udpchat.adapters.tcp.protocols.telnet import TelnetFilter

_LINE_FEED = ord("\n")
# Lines that a person or a busy client sends at once: each is a payload of its own, which the hub reads fastest. More of
# them are one payload, which a flood pays for at once.
FEW_LINES = 32


@attrs.define(eq=False)
class TextProtocol:
    """Lines of at most `max_line` bytes. It is a `StreamProtocol`.

    Nothing is passed on until the first line is whole: one that comes slowly, or is very long, may still be HTTP.
    """

    max_line: int
    ended: bool = attrs.field(default=False, init=False)
    _framer: LineFramer = attrs.field(init=False)
    _telnet: TelnetFilter = attrs.field(factory=TelnetFilter, init=False)
    _is_text: bool = attrs.field(default=False, init=False)  # the first line was, so all are
    _is_between: bool = attrs.field(default=False, init=False)  # it is text, and no line or command is begun
    _first: FirstLine = attrs.field(factory=FirstLine, init=False)
    _held: bytes = attrs.field(default=b"", init=False)  # the beginning of a first line that is too long
    _own: bytes = attrs.field(default=b"", init=False)

    carrier = TcpAddress.carrier
    peer = None

    def __attrs_post_init__(self) -> None:
        self._framer = LineFramer(self.max_line)

    def receive(self, data: bytes, now: float) -> Sequence[bytes]:  # noqa: ARG002 - lines need no clock
        """Return the lines that these bytes complete."""
        if self._is_between and data[-1] == _LINE_FEED and data.isascii() and b"\0" not in data:
            return _payloads(data)  # nearly always: whole lines, and nothing of telnet
        framer, telnet = self._framer, self._telnet
        text = telnet.text(data)
        lines = framer.feed(text)
        if telnet.answer:
            self._own, telnet.answer = telnet.answer, b""
        if not self._is_text:
            lines = self._judged(text, lines)
        self._is_between = self._is_text and not (framer.partial or framer.skipping or telnet.held)
        return _payloads(lines)

    def end_of_input(self, now: float) -> Sequence[bytes]:  # noqa: ARG002 - lines need no clock
        """Return the line that was not ended: `printf hi | nc` says it all the same."""
        lines = self._framer.rest()
        if not self._is_text:
            lines = self._judged(b"\n", lines)
        return _payloads(lines)

    def tick(self, now: float) -> None:
        """Do nothing: the kernel looks whether the client is there."""

    def to_write(self) -> bytes:
        """Return the answer to a telnet client, or a refusal."""
        own, self._own = self._own, b""
        return own

    def frame(self, datagrams: Sequence[bytes]) -> bytes:
        """Return the lines as they are."""
        return b"".join(datagrams)

    def closing(self, why: Ending | None) -> bytes:
        """Return the sentence."""
        return f"{why.line}\n".encode() if why else b""

    def _judged(self, text: bytes, lines: bytes) -> bytes:
        """Return the lines so far if the first line of the text is text, or keep them until that is whole."""
        self._held += lines
        first = self._first.feed(text)
        if first is None:
            return b""
        lines, self._held = self._held, b""
        speech = of_line(first)
        self._is_text = speech is Speech.TEXT
        if self._is_text:
            return lines
        self._own, self.ended = refusal_of(speech, first), True
        return b""


def _payloads(lines: bytes) -> Sequence[bytes]:
    """Return whole lines as payloads."""
    if 1 < lines.count(b"\n") <= FEW_LINES:
        return [line + b"\n" for line in lines.split(b"\n")[:-1]]
    return (lines,) if lines else ()
