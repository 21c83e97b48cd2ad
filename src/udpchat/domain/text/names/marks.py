"""Marks on the letters of a nickname (Unicode Technical Standard 39, section 5.4).

An accent is a mark that a reader may overlook and a writer may leave out: on, above, below or through its letter. A
vowel sign, a virama, a subjoined letter and the voicing of kana are no accents: without them, it is another word.
"""

from __future__ import annotations

import unicodedata

from udpchat.domain.text.marks import is_mark
from udpchat.domain.text.names.scripts import INHERITED
from udpchat.domain.text.unicode import Unicode

MAX_ACCENTS = 2  # on one letter; Vietnamese, Yoruba and vocalized Arabic need two
MAX_NONSPACING = 4  # on one letter, accents and others; Myanmar needs three

# Canonical_Combining_Class: overlays and nuktas, points of Hebrew, Arabic and Syriac, marks above and below.
_ACCENTS = {1, 7, *range(10, 37), *range(200, 241)}
_TAKE_ANY_MARK = {"Latn", "Grek", "Cyrl"}  # marks of no script are for these; others have marks of their own
_DOTS = set("\u0307\u0308\u0323\u0324\u06db")  # skeletons: one or two dots above or below, three above
_MADE_OF_DOTS = {"Arab", "Syrc"}  # dots make a letter of these another letter


def is_accent(character: str) -> bool:
    """Say whether `character` is an accent."""
    category = unicodedata.category(character)
    return category == "Me" or (category[0] == "M" and unicodedata.combining(character) in _ACCENTS)


def has_fit_marks(name: str, unicode: Unicode) -> bool:
    """Say whether each letter of a name has few enough marks, none of them twice, and none of another script."""
    letter, marks = "", list[str]()
    for character in unicodedata.normalize("NFD", name):
        if not is_mark(character):
            letter, marks = character, []
            continue
        if character in marks or not _suits(character, letter, unicode):
            return False
        marks.append(character)
        if sum(map(is_accent, marks)) > MAX_ACCENTS or sum(map(_is_nonspacing, marks)) > MAX_NONSPACING:
            return False
    return True


def _is_nonspacing(mark: str) -> bool:
    return unicodedata.category(mark) != "Mc"


def _suits(mark: str, letter: str, unicode: Unicode) -> bool:
    """Say whether `mark` can be on `letter`, so that the two do not look like another letter."""
    scripts, own = unicode.scripts(letter), unicode.scripts(mark)
    if scripts.isdisjoint(_TAKE_ANY_MARK if INHERITED in own else own):
        return False
    return scripts.isdisjoint(_MADE_OF_DOTS) or unicode.skeleton(mark) not in _DOTS
