"""Takes telnet out of text: its commands and negotiation, and its line end. Sources: RFC 854, 855, 860, 1143.

Nothing is negotiated: a server that refuses every option may also stay silent, and so nobody can make it answer. There
is one exception. After Ctrl-C a telnet client shows nothing until its DO TIMING-MARK is answered (RFC 860).

0xFF is in no UTF-8 text, so what has none of it passes as it is.
"""

from __future__ import annotations

import re

import attrs

IAC, DO, TIMING_MARK = 0xFF, 0xFD, 0x06
REFUSAL = bytes((IAC, 0xFC, TIMING_MARK))  # WONT TIMING-MARK
_DROPPED = b"\xff\xfa"  # stands for the beginning of a subnegotiation that is too long, up to its end
MAX_SUBNEGOTIATION = 1024  # bytes; no option needs more, and its end may never come

_PAIRS = re.compile(rb"\xff\xfa(?:[^\xff]|\xff[^\xf0])*", re.DOTALL)  # a beginning that does not end within an IAC pair
_SUBNEGOTIATION = rb"\xfa(?:[^\xff]|\xff[^\xf0])*"  # up to IAC SE; in it, IAC IAC is a byte
_COMMAND = re.compile(
    rb"\xff(?:[\xfb-\xfe].|" + _SUBNEGOTIATION + rb"\xff\xf0|[^\xfa-\xff]|(\xff)|([\xfb-\xfe]?\Z|\xfa.*\Z))", re.DOTALL
)


@attrs.define(eq=False)
class TelnetFilter:
    """Returns the text in the bytes of a connection. `answer` is what to write because of them.

    `held` is the beginning of a command or a line end, which the next bytes may end.
    """

    answer: bytes = attrs.field(default=b"", init=False)
    held: bytes = attrs.field(default=b"", init=False)

    def text(self, data: bytes) -> bytes:
        """Return the text in the next bytes. What may be the beginning of a command is kept for the next call."""
        data, self.held = self.held + data, b""
        if IAC in data:
            data = self._without_commands(data)
        if data.endswith(b"\r"):
            data, self.held = data[:-1], b"\r" + self.held
        return data.replace(b"\r\0", b"\n")

    def _without_commands(self, data: bytes) -> bytes:
        if bytes((IAC, DO, TIMING_MARK)) in data:
            self.answer = REFUSAL
        found: list[bytes] = []
        start = 0
        for command in _COMMAND.finditer(data):
            found += data[start : command.start()], command[1] or b""
            start = command.end()
            if command[2] is not None:  # it is not ended
                self.held = command[0] if len(command[0]) <= MAX_SUBNEGOTIATION else _dropped(command[0])
        return b"".join([*found, data[start:]])


def _dropped(begun: bytes) -> bytes:
    """Return what stands for the beginning of a subnegotiation: with its last IAC if the next byte belongs to that."""
    return _DROPPED if _PAIRS.fullmatch(begun) else _DROPPED + bytes((IAC,))
