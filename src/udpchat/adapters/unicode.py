"""Nicknames by the Unicode standard: RFC 8266 by precis-i18n, look-alikes by the data of confusable-homoglyphs.

What it can not do: both follow the version of Unicode that they, or Python, were made with; look-alikes are those of
Unicode Technical Standard 39, which has more in mind than any one font shows. Sources: RFC 8264, RFC 8266, UTS 39
section 4 (skeleton).
"""

from __future__ import annotations

import unicodedata

from confusable_homoglyphs import confusables
from precis_i18n import get_profile

_IGNORED = dict.fromkeys(map(ord, "\u034f\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))  # shown as nothing


class UnicodeTables:
    """The port `Unicode`."""

    def __init__(self) -> None:
        self._profile = get_profile("NicknameCasePreserved")
        self._prototypes = _prototypes()

    def enforce(self, name: str) -> str | None:
        """Return `name` as RFC 8266 has it, or None where it cannot be a nickname."""
        try:
            return str(self._profile.enforce(name))
        except UnicodeEncodeError:  # which is how the library says no
            return None

    def skeleton(self, name: str) -> str:
        """Return the skeleton of `name`: the same for all that look like it, and not meant to be read."""
        if not name.isascii():
            name = unicodedata.normalize("NFD", name).translate(_IGNORED)
        return unicodedata.normalize("NFD", name.translate(self._prototypes))


def _prototypes() -> dict[int, str]:
    """Return which characters look like what.

    The data has each pair in both directions: what looks like a prototype has that alone, a prototype all that look
    like it. Of two that have just each other the longer one is the prototype, or the one that comes first.
    """
    homoglyphs = {
        _bare(glyph): [_bare(other["c"]) for other in others] for glyph, others in confusables.confusables_data.items()
    }
    prototypes: dict[int, str] = {}
    for glyph, others in homoglyphs.items():
        if len(glyph) != 1 or len(others) != 1:
            continue
        (prototype,) = others
        if homoglyphs.get(prototype) == [glyph] and len(prototype) == 1 and glyph < prototype:
            continue
        prototypes[ord(glyph)] = prototype
    return prototypes


def _bare(glyph: str) -> str:
    """Return a glyph without the marks that the data puts around those that are written from the right."""
    return glyph.strip("\u200e")
