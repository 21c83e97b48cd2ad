"""What a connection speaks, told from its first bytes.

A browser can be made to send HTTP to any port, with a method, a path, header fields and a body that a foreign page has
chosen. So nothing is text until its first line is whole and is not HTTP; then no later line is looked at. A page can
also make a browser open TLS, or a STUN connection of WebRTC. These begin with bytes that no text begins with. In STUN,
the page chooses up to 256 characters of a user name (RFC 8839 section 5.4), among random bytes that may be line feeds.

Sources: RFC 9112 section 3 (request line), RFC 7464 (0x1E), RFC 8446 section 5.1 (0x16), RFC 8489 section 5 and RFC
4571 (STUN over TCP begins with its type, or its length in two bytes), RFC 2812 section 3.1 (IRC).
"""

from __future__ import annotations

import re
from enum import Enum, auto

import attrs

PEEKED = 4096  # bytes that are looked at: the first line of what browsers send for a link, cookies come behind it
SILENCE = 1.0  # seconds until one who says nothing counts as a person with netcat, who waits to read something
MAX_FIRST_WORDS = 64  # bytes that are kept of the beginning of a long first line: a method, or the word of IRC
MAX_LAST_WORD = 32  # bytes of "HTTP/1.1" and the blanks around it

_VERSION = re.compile(rb"HTTP/[0-9]+(\.[0-9]+)?", re.IGNORECASE)
_IRC = (b"NICK ", b"USER ", b"PASS ", b"CAP ")
_HTTP_WORDS = 2  # at least: a method and a version


class Speech(Enum):
    """What a connection speaks."""

    TEXT = auto()
    JSON = auto()
    HTTP = auto()
    IRC = auto()
    TLS = auto()
    STUN = auto()


# Those of STUN are for the types of WebRTC, and for a length below 1,024: two user names, and less than 300 bytes else.
_NEVER_TEXT = {0x16: Speech.TLS} | dict.fromkeys(range(4), Speech.STUN)
_FIRST_BYTES = _NEVER_TEXT | {0x1E: Speech.JSON}


def recognise(first: bytes) -> Speech | None:
    """Return what a connection speaks that begins with these bytes, or None if later bytes decide.

    A first line that is longer than `PEEKED` is taken for text, whose protocol looks at the end of the line.
    """
    if not first:
        return None
    if (speech := _FIRST_BYTES.get(first[0])) is not None:
        return speech
    line, feed, _ = first.partition(b"\n")
    if feed:
        return of_line(line)
    return None if len(first) < PEEKED else Speech.TEXT


def of_line(line: bytes) -> Speech:
    """Return what a connection speaks whose first line is this one. It is HTTP if it is `WORD SP ... SP HTTP/x.y`."""
    if line and (speech := _NEVER_TEXT.get(line[0])) is not None:
        return speech
    words = line.split()
    if len(words) >= _HTTP_WORDS and _VERSION.fullmatch(words[-1]):
        return Speech.HTTP
    return Speech.IRC if line.startswith(_IRC) else Speech.TEXT


@attrs.define(eq=False)
class FirstLine:
    """The first line of a connection. Of one that comes slowly or is long, its beginning and its end are kept.

    It is apart from all lines behind it: a page that lets a browser post chooses how long these are.
    """

    _begin: bytes = attrs.field(default=b"", init=False)
    _end: bytes = attrs.field(default=b"", init=False)

    def feed(self, data: bytes) -> bytes | None:
        """Take the next bytes; return the line, without the middle of a long one, or None if it has not ended."""
        line, feed, _ = data.partition(b"\n")
        room = MAX_FIRST_WORDS - len(self._begin)
        self._begin += line[:room]
        self._end = (self._end + line[room:])[-MAX_LAST_WORD:]
        return self._begin + self._end if feed else None
