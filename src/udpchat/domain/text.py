"""Bytes from a stranger -> clean lines fit for a terminal.

What stays is what people read: any script, accents, emoji. What goes is what drives a terminal, hides, or fakes a line:
control characters (C0, DEL, C1), line and paragraph separators, bidirectional overrides, isolates and marks, characters
that show nothing, tags. A tab becomes a space, so that words stay apart.

Three kinds of invisible character are kept where writing needs them and nowhere else: a zero-width joiner inside an
emoji or after a virama, a zero-width non-joiner after a virama or between letters of Arabic kind, and one variation
selector after a visible character.

Sources: Unicode Standard Annex 44 (General_Category, Default_Ignorable_Code_Point), Unicode Technical Standard 51
(emoji sequences), RFC 5892 appendix A.1 and A.2 (where joiners are allowed), Unicode Standard Annex 29 (grapheme
clusters).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from udpchat.domain.mistake import LineTooLong

_VARIATION_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_REMOVED = re.compile(
    "["
    "\x00-\x08\x0a-\x1f\x7f-\x9f"  # C0 but for the tab, DEL, C1
    "\xad\u034f"  # soft hyphen, grapheme joiner
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional marks, embeddings, overrides, isolates
    "\u115f\u1160\u3164\uffa0"  # Hangul fillers
    "\u17b4\u17b5\u180e"  # Khmer inherent vowels, Mongolian vowel separator
    "\u200b\u2060-\u2065\u206a-\u206f\ufeff"  # zero-width space and kin, byte order mark
    "\u2028\u2029"  # line and paragraph separator
    "\ud800-\udfff"  # surrogates
    "\ufff0-\ufffb"  # unassigned ignorables, interlinear annotation
    "\U00013430-\U0001343f"  # hieroglyph layout controls
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # shorthand and musical format controls
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"  # tags, unassigned ignorables
    "]"
)
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_STRAY_SELECTOR = re.compile(  # one that follows nothing visible, or another
    rf"(?<![^\s{_ZWNJ}{_ZWJ}{_VARIATION_SELECTORS}])[{_VARIATION_SELECTORS}]"
)
_JOINER = re.compile(f"[{_ZWNJ}{_ZWJ}]")
_PICTOGRAPH = re.compile("[\u2194-\u21aa\U0001f000-\U0001faff]")
_ARABIC_KIND = re.compile("[\u0620-\u08ff\u1807-\u18aa]")  # Arabic, Syriac, N'Ko and kin, Mongolian
_VIRAMA = 9  # Canonical_Combining_Class
_EMOJI_MODIFIER = re.compile("[\U0001f3fb-\U0001f3ff]")
_HANGUL_JAMO = re.compile("[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]")

MAX_CLUSTER = 32  # characters; UAX 15 section 13 (Stream-Safe Text) has no honest cluster pass 30 marks
SPACE_IS_NEAR = (
    4  # a space counts as near in the last quarter of a piece: what follows it makes the next line hardly longer
)


def lines(payload: bytes, limit: int) -> list[str | LineTooLong]:
    r"""Return the lines of a datagram in order, each clean, or `LineTooLong` where one has more than `limit` bytes.

    A line ends in `\n` or `\r\n`. Lines that show nothing are left out; a datagram of nothing else is one line, "".
    """
    found: list[str | LineTooLong] = []
    for raw in payload.split(b"\n"):
        line = raw.removesuffix(b"\r")
        if len(line) > limit:
            found.append(LineTooLong(len(line), limit))
        elif (text := clean(line.decode(errors="replace"))) and not text.isspace():
            found.append(text)
    return found or [""]


def clean(text: str) -> str:
    """Return `text` without what drives a terminal, hides, or fakes a line, as the head of this module tells."""
    if text.isascii() and text.isprintable():
        return text
    visible = _REMOVED.sub("", text.replace("\t", " "))
    return _JOINER.sub(_joiner_in_place, _STRAY_SELECTOR.sub("", visible))


def _joiner_in_place(match: re.Match[str]) -> str:
    """Return the joiner that `match` found, or "" where writing does not need it."""
    joiner, before, after = match[0], match.string[match.start() - 1 : match.start()], match.string[match.end() :][:1]
    if before and unicodedata.combining(before) == _VIRAMA:
        return joiner
    if joiner == _ZWJ:
        return joiner if (before == "\ufe0f" or _is_pictograph(before)) and _is_pictograph(after) else ""
    return joiner if _ARABIC_KIND.match(before) and _ARABIC_KIND.match(after) else ""


def _is_pictograph(character: str) -> bool:
    return bool(_PICTOGRAPH.match(character)) or (character != "" and unicodedata.category(character) == "So")


def pieces(text: str, limit: int) -> Iterator[str]:
    """Yield `text` in order in pieces of at most `limit` bytes of UTF-8 (4 or more), as few as that takes or nearly so.

    A piece ends after a space where one is near, else between two characters as readers count them, else, in a cluster
    no reader would count as one, between two code points. The pieces joined are `text`.
    """
    start = 0
    while start < len(text):
        stop, size = start, 0
        while stop < len(text) and (size := size + _utf8_size(text[stop])) <= limit:
            stop += 1
        if stop < len(text):
            stop = _place_to_break(text, start, stop)
        yield text[start:stop]
        start = stop


def _utf8_size(character: str) -> int:
    point = ord(character)
    return 1 + (point > 0x7F) + (point > 0x7FF) + (point > 0xFFFF)  # noqa: PLR2004 - RFC 3629 section 3


def _place_to_break(text: str, start: int, stop: int) -> int:
    """Return the best place in (start, stop] to break `text`."""
    near = stop - (stop - start) // SPACE_IS_NEAR
    space = text.rfind(" ", near, stop)
    if space > start:
        return space + 1
    for place in range(stop, max(start, stop - MAX_CLUSTER), -1):
        if not _in_cluster(text, place):
            return place
    return stop


def _in_cluster(text: str, place: int) -> bool:
    """Say whether the characters on both sides of `place` are read as one (UAX 29, what emoji and marks need of it)."""
    before, after = text[place - 1], text[place]
    if unicodedata.category(after).startswith("M") or after in _ZWNJ + _ZWJ or before == _ZWJ:
        return True
    if _EMOJI_MODIFIER.match(after) or (_HANGUL_JAMO.match(before) and _HANGUL_JAMO.match(after)):
        return True
    return _is_regional_indicator(after) and _regional_indicators_before(text, place) % 2 == 1


def _is_regional_indicator(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _regional_indicators_before(text: str, place: int) -> int:
    start = place
    while start and _is_regional_indicator(text[start - 1]):
        start -= 1
    return place - start
