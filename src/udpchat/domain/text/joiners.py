"""Joiners: invisible characters that writing needs between certain characters, and nowhere else.

Sources: RFC 5892 appendix A.1 and A.2 (where joiners are allowed), Unicode Technical Standard 51 (emoji sequences).
"""

from __future__ import annotations

import re
import unicodedata

ZWNJ, ZWJ = "\u200c", "\u200d"  # zero-width non-joiner and zero-width joiner
JOINERS = f"{ZWNJ}{ZWJ}\u180e"  # the last is the Mongolian vowel separator

_JOINER = re.compile(f"[{JOINERS}]")
_PICTOGRAPH = re.compile("[\u2194-\u21aa\u231a-\u23ff\u2600-\u27bf\u2b05-\u2b55\U0001f000-\U0001faff]")
_EMOJI_SELECTOR = "\ufe0f"
_CURSIVE = re.compile(  # Arabic, Syriac, N'Ko and kin, Mongolian, Phags-pa, Arabic forms, Rohingya, Adlam
    "[\u0620-\u08ff\u1807-\u18aa\ua840-\ua873\ufb50-\ufdff\ufe70-\ufefc\U00010d00-\U00010d23\U0001e900-\U0001e94b]"
)
_VIRAMA = 9  # Canonical_Combining_Class


def remove_misplaced_joiners(text: str) -> str:
    """Return `text` without the joiners that writing does not need.

    A zero-width joiner stays inside an emoji, beside a virama, and after a letter of a cursive script (such as Arabic).
    The two others stay after a virama, and between letters if one of them is of a cursive script.
    """
    return _JOINER.sub(_joiner_if_needed, text)


def is_virama(character: str) -> bool:
    """Say whether `character` (one, or "") is a virama, which takes the vowel from the consonant before it."""
    return character != "" and unicodedata.combining(character) == _VIRAMA


def _joiner_if_needed(match: re.Match[str]) -> str:
    """Return the joiner that `match` found, or "" if writing does not need it."""
    joiner, text = match[0], match.string
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if is_virama(before) or (joiner == ZWJ and before.isalpha() and is_virama(after)):
        return joiner
    if joiner == ZWJ and not _CURSIVE.match(before):
        in_emoji = (before == _EMOJI_SELECTOR or _PICTOGRAPH.match(before)) and _PICTOGRAPH.match(after)
        return joiner if in_emoji else ""
    beside_cursive = _CURSIVE.match(before) or _CURSIVE.match(after)
    has_neighbours = _is_in_word(before) and (joiner == ZWJ or _is_in_word(after))
    return joiner if beside_cursive and has_neighbours else ""


def _is_in_word(character: str) -> bool:
    """Say whether `character` (one, or "") is a letter, a mark or a number."""
    return character != "" and unicodedata.category(character)[0] in "LMN"
