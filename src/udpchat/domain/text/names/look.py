"""What a reader sees of a name at first sight (Unicode Technical Standard 39, section 4).

That is its skeleton without accents. Nonspacing marks that follow each other are in a fixed order, since many look the
same in any order. A Latin letter without its dot is that letter with its dot, since an accent hides the dot (UTS 39
section 5.4; Soft_Dotted in Unicode Standard Annex 44).
"""

from __future__ import annotations

import unicodedata

from udpchat.domain.text.names.marks import is_accent
from udpchat.domain.text.unicode import Unicode

_HIGH_HAMZA = "\u0674"  # the only letter that looks like an accent, the hamza above
_DOTLESS = "LATIN SMALL LETTER DOTLESS "  # the names of these letters begin so


def look(text: str, unicode: Unicode) -> str:
    """Return what a reader sees of `text` at first sight. It is compared, not shown."""
    seen, marks = list[str](), list[str]()
    for character in unicodedata.normalize("NFD", text):
        if not character.isalpha() and is_accent(character):
            continue
        if unicodedata.category(character) == "Mn":
            marks.append(unicode.skeleton(character))
            continue
        seen += sorted(marks)
        seen.append(_bare(character, unicode))
        marks.clear()
    return "".join((*seen, *sorted(marks)))


def _bare(letter: str, unicode: Unicode) -> str:
    """Return the skeleton of a letter without accents."""
    skeleton = unicode.skeleton(letter)
    if skeleton.isascii():  # the most frequent case, and the rest would not change it
        return skeleton
    dotted = "".join(map(_dotted, skeleton))
    # Its skeleton is taken again: that of some letters is not yet the simplest.
    return "".join(each for each in unicode.skeleton(dotted) if not is_accent(each) and each != _HIGH_HAMZA)


def _dotted(letter: str) -> str:
    """Return the letter that has a dot, for one that lacks it."""
    name = unicodedata.name(letter, "")
    if not name.startswith(_DOTLESS):
        return letter
    try:
        return unicodedata.lookup(name.replace("DOTLESS ", ""))
    except KeyError:  # Latin has a dotless letter whose dotted form it has not
        return letter
