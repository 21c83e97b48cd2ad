"""Long text -> pieces that fit into a number of bytes.

Source: Unicode Standard Annex 29 (grapheme clusters: the characters that a reader counts as one).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from udpchat.domain.text.joiners import ZWJ, ZWNJ, is_virama
from udpchat.domain.text.marks import is_mark

MAX_CLUSTER = 32  # characters; UAX 15 section 13 (Stream-Safe Text): no real text has more than 30 marks in a row
SPACE_SEARCH = 4  # a quarter of the piece is searched for a space: a break there makes no piece much shorter

_EMOJI_MODIFIER = re.compile("[\U0001f3fb-\U0001f3ff]")
_HANGUL_JAMO = re.compile("[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb]")
_HANGUL = re.compile("[\u1100-\u11ff\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7fb]")
_EXTENDS = f"{ZWNJ}{ZWJ}\u0e33\u0eb3\uff9e\uff9f"  # joiners, Thai and Lao AM, halfwidth kana marks
_REGIONAL_INDICATOR = re.compile("[\U0001f1e6-\U0001f1ff]")  # half of a flag
_PREPENDS = f"{ZWJ}\u0600\u0601\u0602\u0603\u0604\u0605\u06dd"  # the joiner, signs that span the numbers after them


def wrap(text: str, limit: int) -> Iterator[str]:
    """Yield the pieces of `text` in order, each of at most `limit` bytes of UTF-8 (`limit` is 4 or more).

    A piece ends after a space if there is one in its last quarter, else between two grapheme clusters. A cluster that
    is too long is broken between two code points. The pieces joined are `text`.
    """
    start = 0
    while start < len(text):
        stop = start + len(text[start : start + limit].encode()[:limit].decode(errors="ignore"))
        if stop < len(text):
            stop = _best_break(text, start, stop)
        yield text[start:stop]
        start = stop


def _best_break(text: str, start: int, stop: int) -> int:
    """Return the best index in (start, stop] at which `text` can be broken."""
    behind_space = text.rfind(" ", stop - (stop - start) // SPACE_SEARCH, stop) + 1
    if behind_space and not _is_in_cluster(text, start, behind_space):
        return behind_space
    for index in range(stop, max(start, stop - MAX_CLUSTER), -1):
        if not _is_in_cluster(text, start, index):
            return index
    return stop


def _is_in_cluster(text: str, start: int, index: int) -> bool:
    """Say whether the characters on both sides of `index` are in one cluster, in a piece that begins at `start`.

    This applies the rules of UAX 29 for marks, emoji and syllables, and its rule for Indic conjuncts.
    """
    before, after = text[index - 1], text[index]
    if is_mark(after) or after in _EXTENDS or before in _PREPENDS:
        return True
    if is_virama(before) and after.isalpha():
        return True
    if _EMOJI_MODIFIER.match(after) or (_HANGUL.match(before) and _HANGUL_JAMO.match(after)):
        return True
    return _REGIONAL_INDICATOR.match(after) is not None and _regional_indicators_before(text, start, index) % 2 == 1


def _regional_indicators_before(text: str, start: int, index: int) -> int:
    return sum(1 for _ in takewhile(_REGIONAL_INDICATOR.match, reversed(text[start:index])))
