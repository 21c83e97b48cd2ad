"""The bytes of a datagram -> clean lines."""

from __future__ import annotations

import re

from udpchat.domain.text.clean import BLANK_SIGNS, WIDE_GAP, clean
from udpchat.domain.text.line import Line, LineTooLong

_PRINTABLE_ASCII = range(0x20, 0x7F)
_UNPRINTABLE_TO_SPACE = bytes(byte if byte in _PRINTABLE_ASCII else ord(" ") for byte in range(256))
_SHOWS_NOTHING = re.compile(f"[\\s{BLANK_SIGNS}]*")


def clean_lines(payload: bytes, limit: int) -> list[Line]:
    r"""Return the lines of a datagram in order, each clean, or `LineTooLong` for a line of more than `limit` bytes.

    A line ends in `\n` or `\r\n`. Lines that show nothing are left out. If no line is left, the result is [""].
    """
    # Nearly every datagram is one plain line, so it has a short way. `translate` takes half as long as `isprintable`.
    raw = payload.removesuffix(b"\n")
    if len(raw) <= limit and raw == raw.translate(_UNPRINTABLE_TO_SPACE):
        plain = raw.decode()
        if plain > WIDE_GAP and WIDE_GAP not in plain:  # a space sorts first, so a line of 0 to 17 spaces is no greater
            return [plain]
    found: list[Line] = []
    for raw in payload.split(b"\n"):
        line = raw.removesuffix(b"\r")
        if len(line) > limit:
            found.append(LineTooLong(len(line), limit))
        elif not _SHOWS_NOTHING.fullmatch(text := clean(line.decode(errors="replace"))):
            found.append(text)
    return found or [""]
