"""Names in colors. A name always has the same style, which can be read on black and on white.

The colors are those of the table of 256 colors that have a contrast of 4.5:1 or more with both (WCAG 2.2, success
criterion 1.4.3). Its first 16 do not count, because every terminal has its own.

A line is clean and complete before names are put in color, so no other escape sequences are in it than these, and each
style ends in the line where it begins.
"""

from __future__ import annotations

from collections.abc import Iterable

from udpchat.domain.event import Name, Part
from udpchat.domain.text.bidi import LEFT_TO_RIGHT_MARK

COLORS = (29, 63, 98, 131, 163, 243)
STYLES = tuple(f"\x1b[{bold}38;5;{color}m" for bold in ("", "1;") for color in COLORS)
END = "\x1b[0m"
STYLE_BYTES = 17  # that a name in color has more than a plain one, at most


def style_of(nickname: str) -> str:
    """Return the sequence that begins the style of a name. Letter case does not matter.

    Names that differ in a number, as `client1` and `client2` do, have different styles.
    """
    return STYLES[sum(nickname.casefold().encode()) % len(STYLES)]


def size_of_styles(parts: Iterable[Part]) -> int:
    """Return by how many bytes a line with these parts is longer in color, at most."""
    return STYLE_BYTES * sum([part.__class__ is Name for part in parts])  # a list may have thousands of entries


def in_color(line: bytes, parts: Iterable[Part], limit: int) -> bytes:
    """Return a line with its names in color, or as it is if it would have more than `limit` bytes.

    The line begins with `parts`, as the dialect writes them. If cleaning changed one of them, the names from there on
    stay plain.
    """
    shown = line.decode()
    colored: list[str] = []
    done, place = 0, _behind_mark(shown, 0)
    for part in parts:
        text = part if isinstance(part, str) else part.nickname
        if not shown.startswith(text, place):
            break
        end = place + len(text)
        if isinstance(part, Name):
            colored += shown[done:place], style_of(text), text, END
            done, end = end, _behind_mark(shown, end)
        place = end
    result = "".join((*colored, shown[done:])).encode()
    return result if len(result) <= limit else line


def _behind_mark(line: str, place: int) -> int:
    """Return the place behind the mark that a dialect writes around names that are written from the right."""
    return place + line.startswith(LEFT_TO_RIGHT_MARK, place)
