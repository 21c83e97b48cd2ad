"""The bytes of a datagram -> clean lines."""

from __future__ import annotations

import re

from udpchat.domain.text.clean import BLANK_SIGNS, UNPRINTABLE_TO_SPACE, WIDE_GAP, clean
from udpchat.domain.text.line import Line, LineTooLong

_SHOWS_NOTHING = re.compile(f"[\\s{BLANK_SIGNS}]*")


def plain_line(payload: bytes) -> str | None:
    """Return the line of a datagram that is one line of printable ASCII and needs no change; None for any other.

    Nearly every datagram of a busy room is such. `clean_lines` returns the same line, but takes longer.
    """
    raw = payload.removesuffix(b"\n")
    if raw != raw.translate(UNPRINTABLE_TO_SPACE):
        return None
    line = raw.decode()
    # A space sorts first, so a line of 0 to 17 spaces is not greater than a wide gap.
    return line if line > WIDE_GAP and WIDE_GAP not in line else None


def clean_lines(payload: bytes, limit: int) -> list[Line]:
    r"""Return the lines of a datagram in order, each clean, or `LineTooLong` for a line of more than `limit` bytes.

    A line ends in `\n` or `\r\n`. Lines that show nothing are left out. If no line is left, the result is [""].
    """
    found: list[Line] = []
    for raw in payload.split(b"\n"):
        line = raw.removesuffix(b"\r")
        if len(line) > limit:
            found.append(LineTooLong(len(line), limit))
        elif not _SHOWS_NOTHING.fullmatch(text := clean(line.decode(errors="replace"))):
            found.append(text)
    return found or [""]
