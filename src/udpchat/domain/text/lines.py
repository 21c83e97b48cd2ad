"""Bytes from a stranger -> clean lines fit for a terminal.

What stays is what people read: any script, accents, emoji. What goes is what drives a terminal, hides, or fakes a line:
control characters (C0, DEL, C1), line and paragraph separators, bidirectional overrides, isolates and marks, characters
that show nothing, tags. A tab becomes a space, so that words stay apart.

Three kinds of invisible character are kept where writing needs them and nowhere else: a zero-width joiner inside an
emoji, beside a virama or after a letter of Arabic kind, a zero-width non-joiner (or the Mongolian vowel separator)
after a virama or where a letter of Arabic kind meets another letter, and one variation selector after a visible
character.

No character has more marks above and below it than writing needs, and no run of blanks is so long that a terminal would
wrap it into what looks like a new line.

Sources: Unicode Standard Annex 44 (General_Category, Default_Ignorable_Code_Point), Unicode Technical Standard 51
(emoji sequences), RFC 5892 appendix A.1 and A.2 (where joiners are allowed), Unicode Standard Annex 29 (grapheme
clusters).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from udpchat.domain.text.line import Line, LineTooLong

_VARIATION_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_REMOVED = re.compile(
    "["
    "\x00-\x08\x0a-\x1f\x7f-\x9f"  # C0 but for the tab, DEL, C1
    "\xad\u034f"  # soft hyphen, grapheme joiner
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional marks, embeddings, overrides, isolates
    "\u115f\u1160\u3164\uffa0"  # Hangul fillers
    "\u17b4\u17b5"  # Khmer inherent vowels
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
_JOINERS = f"{_ZWNJ}{_ZWJ}\u180e"  # the last is the Mongolian vowel separator
_BLANK_SIGNS = "\u2800\U0001d159\U00016fe4"  # of Braille, music and Khitan, which are no space to `\s`
_STRAY_SELECTOR = re.compile(  # one that follows nothing visible, or another
    rf"(?<![^\s{_BLANK_SIGNS}{_JOINERS}{_VARIATION_SELECTORS}])[{_VARIATION_SELECTORS}]"
)
_JOINER = re.compile(f"[{_JOINERS}]")
_PICTOGRAPH = re.compile("[\u2194-\u21aa\u231a-\u23ff\u2600-\u27bf\u2b05-\u2b55\U0001f000-\U0001faff]")
_ARABIC_KIND = re.compile(  # Arabic, Syriac, N'Ko and kin, Mongolian, Phags-pa, Arabic forms, Rohingya, Adlam
    "[\u0620-\u08ff\u1807-\u18aa\ua840-\ua873\ufb50-\ufdff\ufe70-\ufefc\U00010d00-\U00010d23\U0001e900-\U0001e94b]"
)
# Every mark is in these ranges (General_Category M), along with the letters of scripts that have many; and joiners, so
# that none parts a heap of marks.
_MAY_BE_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u1cff\u1dc0-\u1dff\u200c\u200d\u20d0-\u20f0\u2cef-\u2cf1\u2d7f\u2de0-\u2dff"
    "\u302a-\u302f\u3099\u309a\ua66f-\uabed\ufb1e\ufe00-\ufe0f\ufe20-\ufe2f\U000101fd-\U0001e94a\U000e0100-\U000e01ef"
)
_BLANK = f"[ \xa0\u1680\u2000-\u200a\u202f\u205f\u3000{_BLANK_SIGNS}]"
_NOTHING_TO_SEE = re.compile(f"[\\s{_BLANK_SIGNS}]*")
_VIRAMA = 9  # Canonical_Combining_Class
_EMOJI_MODIFIER = re.compile("[\U0001f3fb-\U0001f3ff]")
_HANGUL_JAMO = re.compile("[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]")
_HANGUL = re.compile("[\u1100-\u11ff\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7fb]")
_STAYS_WITH_LAST = f"{_ZWNJ}{_ZWJ}\u0e33\u0eb3\uff9e\uff9f"  # joiners, Thai and Lao AM, halfwidth kana marks
_STAYS_WITH_NEXT = f"{_ZWJ}\u0600\u0601\u0602\u0603\u0604\u0605\u06dd"  # the joiner, signs that span the next numbers

MAX_MARKS = 8  # on one character: Hebrew with points and accents has 5, Tibetan 7; heaps of them spill over other lines
MAX_BLANKS = 16  # in a row: enough to indent or align, too few to fill what is left of a terminal's line
MAX_CLUSTER = 32  # characters; UAX 15 section 13 (Stream-Safe Text): no real text has more than 30 marks in a row
_WIDE_GAP = " " * (MAX_BLANKS + 1)
_GAP = re.compile(f"{_BLANK}{{{MAX_BLANKS + 1},}}")
_HEAP = re.compile(f"[{_MAY_BE_MARKS}]{{{MAX_MARKS + 1},}}")
NEAR_PART = 4  # a space in the last quarter of a piece is near: breaking there makes no line much shorter


def lines(payload: bytes, limit: int) -> list[Line]:
    r"""Return the lines of a datagram in order, each clean, or `LineTooLong` where one has more than `limit` bytes.

    A line ends in `\n` or `\r\n`. Lines that show nothing are left out; a datagram of nothing else is one line, "".
    """
    if (
        len(payload) <= limit and payload.isascii()
    ):  # one plain line is nearly all there is, and needs no more than this
        plain = payload.decode().removesuffix("\n")
        if plain.isprintable() and plain and not plain.isspace() and _WIDE_GAP not in plain:
            return [plain]
    found: list[Line] = []
    for raw in payload.split(b"\n"):
        line = raw.removesuffix(b"\r")
        if len(line) > limit:
            found.append(LineTooLong(len(line), limit))
        elif not _NOTHING_TO_SEE.fullmatch(text := clean(line.decode(errors="replace"))):
            found.append(text)
    return found or [""]


def clean(text: str, blanks: int = MAX_BLANKS) -> str:
    """Return `text` without what drives a terminal, hides, or fakes a line, as the head of this module tells.

    At most `blanks` of them stay in a row.
    """
    if text.isascii() and text.isprintable() and _WIDE_GAP not in text:
        return text
    visible = _HEAP.sub(_cut_heap, _REMOVED.sub("", text.replace("\t", " ")))
    while visible and (unicodedata.category(visible[0])[0] == "M" or visible[0] in _JOINERS):
        visible = visible[1:]
    return _cut_gaps(_JOINER.sub(_joiner_in_place, _STRAY_SELECTOR.sub("", visible)), blanks)


def _cut_gaps(text: str, blanks: int) -> str:
    return _GAP.sub(lambda match: match[0][:blanks], text)


def _cut_heap(match: re.Match[str]) -> str:
    """Return a run of what may be marks with no more than `MAX_MARKS` of them on any character."""
    kept: list[str] = []
    marks = 0
    for character in match[0]:
        if unicodedata.category(character)[0] == "M":
            marks += 1
            if marks > MAX_MARKS:
                continue
        elif character not in _JOINERS:
            marks = 0
        kept.append(character)
    return "".join(kept)


def _joiner_in_place(match: re.Match[str]) -> str:
    """Return the joiner that `match` found, or "" where writing does not need it."""
    joiner, text = match[0], match.string
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if _is_virama(before) or (joiner == _ZWJ and before.isalpha() and _is_virama(after)):
        return joiner
    if joiner == _ZWJ and not _ARABIC_KIND.match(before):
        in_emoji = (before == "\ufe0f" or _PICTOGRAPH.match(before)) and _PICTOGRAPH.match(after)
        return joiner if in_emoji else ""
    at_a_join = _ARABIC_KIND.match(before) or _ARABIC_KIND.match(after)
    shown_on_both_sides = _is_letter_or_mark(before) and (joiner == _ZWJ or _is_letter_or_mark(after))
    return joiner if at_a_join and shown_on_both_sides else ""


def _is_virama(character: str) -> bool:
    return character != "" and unicodedata.combining(character) == _VIRAMA


def _is_letter_or_mark(character: str) -> bool:
    return character != "" and unicodedata.category(character)[0] in "LMN"


def pieces(text: str, limit: int) -> Iterator[str]:
    """Yield `text` in order in pieces of at most `limit` bytes of UTF-8 (4 or more), as few as that takes or nearly so.

    A piece ends after a space where one is near, else between two characters as readers count them, else, in a cluster
    no reader would count as one, between two code points. The pieces joined are `text`.
    """
    start = 0
    while start < len(text):
        stop = start + len(text[start : start + limit].encode()[:limit].decode(errors="ignore"))
        if stop < len(text):
            stop = _place_to_break(text, start, stop)
        yield text[start:stop]
        start = stop


def _place_to_break(text: str, start: int, stop: int) -> int:
    """Return the best place in (start, stop] to break `text`."""
    space = text.rfind(" ", stop - (stop - start) // NEAR_PART, stop)
    if space > start and not _in_cluster(text, start, space + 1):
        return space + 1
    for place in range(stop, max(start, stop - MAX_CLUSTER), -1):
        if not _in_cluster(text, start, place):
            return place
    return stop


def _in_cluster(text: str, start: int, place: int) -> bool:
    """Say whether the characters on both sides of `place` are read as one, in a piece that begins at `start`.

    This is UAX 29 as far as marks, emoji and syllables need it, and its rule for Indic conjuncts.
    """
    before, after = text[place - 1], text[place]
    if unicodedata.category(after).startswith("M") or after in _STAYS_WITH_LAST or before in _STAYS_WITH_NEXT:
        return True
    if _is_virama(before) and after.isalpha():
        return True
    if _EMOJI_MODIFIER.match(after) or (_HANGUL.match(before) and _HANGUL_JAMO.match(after)):
        return True
    return _is_regional_indicator(after) and _regional_indicators_before(text, start, place) % 2 == 1


def _is_regional_indicator(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _regional_indicators_before(text: str, start: int, place: int) -> int:
    first = place
    while first > start and _is_regional_indicator(text[first - 1]):
        first -= 1
    return place - first
