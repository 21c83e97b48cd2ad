"""Messages of a WebSocket <-> records of the JSON dialect (RFC 6455, RFC 7464). It has no state.

A text message is one object, and so is a record; only what is around it differs.
"""

from __future__ import annotations

from collections.abc import Iterable

from websockets.frames import Close, CloseCode, Frame, Opcode

from udpchat.adapters.tcp.protocols.protocol import Ending
from udpchat.domain.datagram import RECORD_SEPARATOR

# JSON has a line end only as a blank between its parts, and 0x1E nowhere. If a string has one, it becomes a blank.
_ONE_RECORD = bytes.maketrans(b"\n\r\x1e", b"   ")
_CODES = {
    Ending.RESTART: CloseCode.SERVICE_RESTART,
    Ending.TOO_MANY: CloseCode.TRY_AGAIN_LATER,
}


def record(text: bytes) -> bytes:
    """Return the record that holds a text message."""
    return b"%b%b\n" % (RECORD_SEPARATOR, text.translate(_ONE_RECORD))


def text_frames(datagrams: Iterable[bytes]) -> bytes:
    """Return the frames with the records of datagrams: a text message for each record."""
    return b"".join(_text(each) for datagram in datagrams for each in datagram.split(RECORD_SEPARATOR) if each)


def close_frame(why: Ending | None) -> bytes:
    """Return the frame that ends a WebSocket, for this reason, or None if the client knows it."""
    code = CloseCode.NORMAL_CLOSURE if why is None else _CODES.get(why, CloseCode.POLICY_VIOLATION)
    return _frame(Opcode.CLOSE, Close(code, "" if why is None else why.value).serialize())


def _text(part: bytes) -> bytes:
    return _frame(Opcode.TEXT, part.removesuffix(b"\n"))


def _frame(opcode: Opcode, data: bytes) -> bytes:
    return Frame(opcode, data).serialize(mask=False, extensions=[])
