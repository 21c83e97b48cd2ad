"""Combining marks (General_Category M): accents, points and vowel signs that are shown on the character before them."""

from __future__ import annotations

import re
import unicodedata

from udpchat.domain.text.joiners import JOINERS

MAX_MARKS = 8  # on one character: Hebrew with points and accents has 5, Tibetan 7; more spill over other lines

# Every mark is in these ranges, along with the letters of scripts that have many marks. Joiners are too, because they
# do not separate the marks on one character.
MAYBE_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u1cff\u1dc0-\u1dff\u200c\u200d\u20d0-\u20f0\u2cef-\u2cf1\u2d7f\u2de0-\u2dff"
    "\u302a-\u302f\u3099\u309a\ua66f-\uabed\ufb1e\ufe00-\ufe0f\ufe20-\ufe2f\U000101fd-\U0001e94a\U000e0100-\U000e01ef"
)
_LONG_RUN = re.compile(f"[{MAYBE_MARKS}]{{{MAX_MARKS},}}")  # it may be too long


def is_mark(character: str) -> bool:
    """Say whether `character` is a combining mark."""
    return unicodedata.category(character)[0] == "M"


def remove_excess_marks(text: str) -> str:
    """Return `text` with at most `MAX_MARKS` marks on any character."""
    return _LONG_RUN.sub(_without_excess, text)


def remove_leading_marks(text: str) -> str:
    """Return `text` without the marks and joiners at its beginning, which a terminal would show on what precedes it."""
    start = 0
    while start < len(text) and (is_mark(text[start]) or text[start] in JOINERS):
        start += 1
    return text[start:]


def _without_excess(run: re.Match[str]) -> str:
    kept: list[str] = []
    marks = 0
    for character in run[0]:
        if is_mark(character):
            marks += 1
            if marks > MAX_MARKS:
                continue
        elif character not in JOINERS:
            marks = 0
        kept.append(character)
    return "".join(kept)
