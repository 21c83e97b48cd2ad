"""The bytes of a datagram -> clean lines."""

from __future__ import annotations

import re

from udpchat.domain.rejection import LineTooLong
from udpchat.domain.text.clean import BLANK_SIGNS, WIDE_GAP, clean

Line = str | LineTooLong
"""A clean line, which may be blank, or the reason why there is none."""

_SHOWS_NOTHING = re.compile(f"[\\s{BLANK_SIGNS}]*")


def clean_lines(payload: bytes, limit: int) -> list[Line]:
    r"""Return the lines of a datagram in order, each clean, or `LineTooLong` for a line of more than `limit` bytes.

    A line ends in `\n` or `\r\n`. Lines that show nothing are left out. If no line is left, the result is [""].
    """
    if len(payload) <= limit and payload.isascii():  # nearly every datagram is one plain line
        plain = payload.decode().removesuffix("\n")
        if plain.isprintable() and plain and not plain.isspace() and WIDE_GAP not in plain:
            return [plain]
    found: list[Line] = []
    for raw in payload.split(b"\n"):
        line = raw.removesuffix(b"\r")
        if len(line) > limit:
            found.append(LineTooLong(len(line), limit))
        elif not _SHOWS_NOTHING.fullmatch(text := clean(line.decode(errors="replace"))):
            found.append(text)
    return found or [""]
