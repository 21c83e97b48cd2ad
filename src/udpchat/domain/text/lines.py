"""The bytes of a datagram -> clean lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from udpchat.domain.datagram import RECORD_SEPARATOR, is_of_program
from udpchat.domain.text.characters.gaps import BLANKS
from udpchat.domain.text.characters.properties import BLANK_SIGNS
from udpchat.domain.text.clean import PRINTABLE_ASCII, UNPRINTABLE_TO_SPACE, WIDE_GAP, clean
from udpchat.domain.text.line import Line, LineTooLong

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # byte-order marks; neither is UTF-8
_BLANKS_BEFORE_COMMAND = re.compile(f"^[{BLANKS}]+(?=/(?!/))")
_BLANK_SIGN = re.compile(f"[{BLANK_SIGNS}]")  # no white space, so nothing else would take it for the end of a word
_SHOWS_NOTHING = re.compile(f"[{BLANKS}]*")
_LINE_ENDS = re.compile("[\r\n]+")
_BLANKS_OF_ASCII = b" \t\v\f"
_LINE_FEED, _SPACE_OR_SLASH = ord("\n"), frozenset(b" /")
_ALIKE = bytes(ord("\n") if byte in b"\r\n" else ord("x") for byte in range(256))


def plain_line(payload: bytes) -> str | None:
    """Return the line of a datagram that is one line of printable ASCII and needs no change; None for any other.

    Nearly every datagram of a busy room is such. `clean_lines` returns the same line, but takes longer.
    """
    raw = payload.removesuffix(b"\n")
    if raw != raw.translate(UNPRINTABLE_TO_SPACE):
        return None
    line = raw.decode()
    # A space sorts before "!", so a line that begins with one is less: it may be blank, or a command.
    return line if line >= "!" and WIDE_GAP not in line else None


def plain_lines(payloads: Sequence[bytes], limit: int) -> list[str] | None:
    """Return the lines of datagrams if each of these is one plain line, at most `limit` bytes long; else None.

    Such a line ends in a line feed, is no command, and equals what `clean_lines` returns. Looking at all datagrams
    together takes less time than looking at each.
    """
    joined = b"".join(payloads)
    if joined.translate(None, PRINTABLE_ASCII) != b"\n" * len(payloads):
        return None
    for payload in payloads:
        if not payload or payload[-1] != _LINE_FEED or payload[0] in _SPACE_OR_SLASH or len(payload) > limit:
            return None
    text = joined.decode()
    return None if WIDE_GAP in text else text.split("\n")[:-1]


def clean_lines(payload: bytes, limit: int) -> list[Line]:
    r"""Return the lines of a datagram in order, each clean, or `LineTooLong` for a line of more than `limit` bytes.

    A line ends in `\n`, `\r\n` or `\r`. Lines that show nothing are left out. If no line is left, the result is [""].
    Blanks before a slash, but not before two, are left out: the line is a command all the same. In a command, every
    blank separates words.
    Text is UTF-8, or UTF-16 behind a byte-order mark. The limit counts bytes of UTF-8, without the line end.
    """
    found: list[Line] = []
    for line in as_utf8(payload).splitlines():
        if len(line) > limit:
            found.append(LineTooLong(len(line), limit))
        elif not _SHOWS_NOTHING.fullmatch(text := clean(line.decode(errors="replace"))):
            found.append(_as_typed(text))
    return found or [""]


def clean_text(text: str, limit: int) -> Line:
    """Return a text as one line, as `clean_lines` returns lines: line ends become spaces. It may have lone surrogates.

    Return `LineTooLong` if it has more than `limit` bytes of UTF-8.
    """
    size = len(text.encode(errors="surrogatepass"))
    if size > limit:
        return LineTooLong(size, limit)
    shown = clean(_LINE_ENDS.sub(" ", text.strip("\r\n")))
    return "" if _SHOWS_NOTHING.fullmatch(shown) else _as_typed(shown)


def _as_typed(text: str) -> str:
    """Return a clean text that shows something as a line, with the blanks of a command as spaces."""
    said = _BLANKS_BEFORE_COMMAND.sub("", text)
    is_command = said[0] == "/" != said[1:2]
    return _BLANK_SIGN.sub(" ", said) if is_command else said


def count_lines(payload: bytes) -> int:
    """Return how many lines a datagram has, blank ones too, and 1 if it is empty. An object of a program is a line."""
    if is_of_program(payload):
        return payload.count(RECORD_SEPARATOR)
    text = as_utf8(payload)
    ends = text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")
    return ends if text.endswith((b"\n", b"\r")) else ends + 1


def split_lines(payload: bytes) -> list[bytes]:
    """Return the lines of a datagram in UTF-8 with their ends, or its objects, each with what separates it."""
    if is_of_program(payload):
        return [RECORD_SEPARATOR + text for text in payload.split(RECORD_SEPARATOR)[1:]]
    return payload.splitlines(keepends=True)


def count_filled_lines(payload: bytes) -> int:
    """Return how many lines a datagram in UTF-8 has that are not blank; blanks are those of ASCII here.

    A flood of full datagrams passes here, so no line is looked at by itself.
    """
    alike = payload.translate(_ALIKE, _BLANKS_OF_ASCII)
    return alike.count(b"x\n") + alike.endswith(b"x")


def as_utf8(payload: bytes) -> bytes:
    """Return a datagram that begins with a byte-order mark of UTF-16 in UTF-8, and any other as it is."""
    return payload.decode("utf-16", "replace").encode() if payload[:2] in _UTF_16 else payload
