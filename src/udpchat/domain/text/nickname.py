"""The rules for nicknames: which words can be one, and which nicknames count as the same.

A nickname is a letter of any script and up to 23 more letters, marks, decimal digits, `-` and `_`, in the normal form
of RFC 8266 (PRECIS). It has no space and nothing that looks like a colon, so the text before the first `: ` of a line
always names its true sender. The words with which the server's own sentences begin are reserved.

Nicknames that look alike count as the same. Each nickname has several keys, and two nicknames are the same if they
share a key. A key leaves out letter case and the differences that a reader may not see (Unicode Technical Standard 39,
skeletons).
"""

from __future__ import annotations

import re
import unicodedata
from typing import NewType

import attrs

from udpchat.domain.text.bidi import has_direction, is_right_to_left
from udpchat.domain.text.clean import clean
from udpchat.domain.text.unicode import Unicode

Nickname = NewType("Nickname", str)

MAX_CHARACTERS = 24  # fits beside a message on a terminal of 80 columns
MAX_WORD = 96  # characters: no spelling of a nickname has more, and a longer word would take long to examine
RESERVED = (
    *("error", "new", "showing", "you", "to"),  # the server's sentences begin with these; docs/wire.md
    *("server", "system", "udpchat", "admin", "administrator", "operator", "moderator", "root", "host"),
    *("welcome", "notice", "warning", "info", "help", "everyone", "everybody", "all", "nobody", "anonymous"),
)

_PUNCTUATION = "-_"
_PLAIN = re.compile(f"[A-Za-z][A-Za-z0-9{_PUNCTUATION}]{{0,{MAX_CHARACTERS - 1}}}")
# Marks that show nothing alone: joiners of Tifinagh and Brahmi, Khitan's filler, selectors of Duployan and SignWriting.
_INVISIBLE = frozenset("\u2d7f\U0001107f\U00016fe4\U0001bc9d\U0001bc9e").union(map(chr, range(0x1DA9B, 0x1DAB0)))


@attrs.frozen
class NicknameRules:
    """The rules for nicknames, applied with the tables in `unicode`."""

    unicode: Unicode
    reserved: frozenset[str] = attrs.field(init=False, repr=False)  # keys

    @reserved.default
    def _(self) -> frozenset[str]:
        # Capitals too: a word that looks like `ADMIN` need not look like `admin`.
        spellings = (spelling for word in RESERVED for spelling in (word, word.upper(), word.capitalize()))
        return frozenset(key for spelling in spellings for key in self.keys(spelling))

    def fit(self, word: str) -> Nickname | None:
        """Return `word` as a nickname in its normal form, or None if it cannot be one."""
        if word.isascii():  # nearly all are, and the general rules come to the same
            return Nickname(word) if _PLAIN.fullmatch(word) else None
        # The normal form is measured before the rules are applied: they examine each character several times, and a
        # short word may have thousands of characters in its normal form.
        is_short = len(word) <= MAX_WORD and len(unicodedata.normalize("NFKC", word)) <= MAX_CHARACTERS
        name = self.unicode.enforce(word) if is_short else None
        return Nickname(name) if name is not None and self._is_fit(name) else None

    def keys(self, name: str) -> frozenset[str]:
        """Return the keys of a nickname; nicknames that share a key count as the same."""
        folded, skeleton = name.casefold(), self.unicode.skeleton(name)
        folded_skeleton = skeleton if folded == name else self.unicode.skeleton(folded)
        return frozenset((folded, skeleton.casefold(), folded_skeleton))

    def is_reserved(self, name: str) -> bool:
        """Say whether a line that begins with `name` could look like a sentence of the server."""
        return not self.reserved.isdisjoint(self.keys(name))

    def _is_fit(self, name: str) -> bool:
        return (
            0 < len(name) <= MAX_CHARACTERS
            and unicodedata.category(name[0]).startswith("L")
            and has_direction(name[0])
            and all(_is_word_character(character) for character in name)
            and len({is_right_to_left(character) for character in name if has_direction(character)}) == 1
            and ":" not in self.unicode.skeleton(name)
            and clean(name) == name
        )


def _is_word_character(character: str) -> bool:
    category = unicodedata.category(character)
    return (category[0] in "LM" and character not in _INVISIBLE) or category == "Nd" or character in _PUNCTUATION
