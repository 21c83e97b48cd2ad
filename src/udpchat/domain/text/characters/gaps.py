"""Gaps: runs of characters in which a reader sees nothing. A wide one would move what follows it to another row.

A gap begins with a blank: a character of General_Category Zs (all are White_Space), or a sign that shows nothing by its
name. It goes on with blanks and with characters of advance width 0: marks (General_Category M), invisible formats and
fillers (Default_Ignorable_Code_Point), and Hangul vowels and finals (Hangul_Syllable_Type V and T, which are shown in
the place of the letter before them). Its width is that of its blanks, in columns of a terminal.

Sources: Unicode Standard Annex 44 (properties), Annex 11 (East_Asian_Width), Annex 29 (Hangul_Syllable_Type).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from udpchat.domain.text.characters.properties import BLANK_SIGNS, DEFAULT_IGNORABLE, SPACES
from udpchat.domain.text.marks import MAYBE_MARKS, is_mark

BLANKS = f"{SPACES}{BLANK_SIGNS}"
MAX_GAP = 16  # columns: enough to indent or align, too few to fill the rest of a terminal's row

_WIDE = "WF"  # East_Asian_Width of a character that takes two columns
_WIDTHLESS = f"{DEFAULT_IGNORABLE}\u1160-\u11ff\ud7b0-\ud7ff"  # without the marks
_RUN_OF_BLANKS = re.compile(f"[{BLANKS}]+")
_WITHOUT_WIDTH = re.compile(f"[{_WIDTHLESS}]")
_MAYBE_WIDE = re.compile(f"[{BLANKS}][{BLANKS}{_WIDTHLESS}{MAYBE_MARKS}]{{{MAX_GAP // 2},}}")


def cut_gaps(text: str, columns: int = MAX_GAP) -> str:
    """Return `text` without the blanks that a gap has beyond a number of columns (`MAX_GAP` or more)."""
    if not _MAYBE_WIDE.search(text):
        return text
    shown: list[str] = []
    done = 0  # characters that are in `shown`, or were left out
    for begin, end in _gaps(text):
        if 2 * (end - begin) > columns:
            shown += text[done:begin], _cut(text[begin:end], columns)
            done = end
    return "".join((*shown, text[done:]))


def _gaps(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each gap begins and where the last blank of it ends."""
    begin = end = 0
    for run in _RUN_OF_BLANKS.finditer(text):
        start = run.start()
        # Nearly always a gap ends at once: at the first letter of a word.
        if not (_takes_no_room(text[end]) and all(map(_takes_no_room, text[end:start]))):
            yield begin, end
            begin = start
        end = run.end()
    yield begin, end


def _cut(gap: str, columns: int) -> str:
    """Return as much of a gap as fits into a number of columns. Marks of a blank that is left out go with it."""
    width = 0
    for index, character in enumerate(gap):
        if _is_blank(character):
            width += 2 if unicodedata.east_asian_width(character) in _WIDE else 1
            if width > columns:
                return gap[:index]
    return gap


def _is_blank(character: str) -> bool:
    return _RUN_OF_BLANKS.match(character) is not None


def _takes_no_room(character: str) -> bool:
    return is_mark(character) or _WITHOUT_WIDTH.match(character) is not None
