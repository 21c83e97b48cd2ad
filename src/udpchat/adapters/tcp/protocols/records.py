"""JSON over a connection: records of RFC 7464, each 0x1E, bytes without line feeds, LF. What is in them is not read.

Each line is a record, whether it begins with 0x1E or not. TCP cuts bytes anywhere, so what is one object must not
depend on what came together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import attrs

from udpchat.adapters.tcp.address import TcpAddress
from udpchat.adapters.tcp.protocols.framing import LineFramer
from udpchat.adapters.tcp.protocols.protocol import Ending
from udpchat.domain.datagram import RECORD_SEPARATOR

RECORD_OVERHEAD = 1000  # bytes of a record or a message besides the line in it: its keys, an id and a room
_BLANKS = RECORD_SEPARATOR + b" \t\r\n"
_LINE_BEGIN = re.compile(b"\n[%b]*" % _BLANKS)


@attrs.define(eq=False)
class RecordProtocol:
    """Records with lines of at most `max_line` bytes. It is a `StreamProtocol`."""

    max_line: int
    _framer: LineFramer = attrs.field(init=False)

    carrier = TcpAddress.carrier
    peer = None
    ended = False

    def __attrs_post_init__(self) -> None:
        self._framer = LineFramer(self.max_line + RECORD_OVERHEAD)

    def receive(self, data: bytes, now: float) -> Sequence[bytes]:  # noqa: ARG002 - records need no clock
        """Return the records that these bytes complete, in one payload."""
        return _payload(self._framer.feed(data))

    def end_of_input(self, now: float) -> Sequence[bytes]:  # noqa: ARG002 - records need no clock
        """Return the record that was not ended."""
        return _payload(self._framer.rest())

    def tick(self, now: float) -> None:
        """Do nothing: the kernel looks whether the client is there."""

    def to_write(self) -> bytes:
        """Return nothing."""
        return b""

    def frame(self, datagrams: Sequence[bytes]) -> bytes:
        """Return the records as they are."""
        return b"".join(datagrams)

    def closing(self, why: Ending | None) -> bytes:
        """Return a record that says why."""
        return closing_record(why) if why else b""


def closing_record(why: Ending) -> bytes:
    """Return the record that tells a program why the server ends its connection."""
    return b"%b%b\n" % (RECORD_SEPARATOR, json.dumps({"event": "closing", "why": why.value, "line": why.line}).encode())


def _payload(lines: bytes) -> Sequence[bytes]:
    """Return lines as one payload, each as a record; a bad one is refused where it is read. Blank ones are none."""
    records = lines.strip(_BLANKS)
    if not records:
        return ()
    if records.count(b"\n" + RECORD_SEPARATOR) != records.count(b"\n"):
        records = _LINE_BEGIN.sub(b"\n" + RECORD_SEPARATOR, records)
    return (RECORD_SEPARATOR + records + b"\n",)
