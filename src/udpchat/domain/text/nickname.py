"""The rules for nicknames: which words can be one, and which nicknames count as the same.

A nickname is a letter and up to 23 more letters, marks, decimal digits, `-` and `_`, in the normal form of RFC 8266
(PRECIS). It has no space and nothing that looks like a colon, so the text before the first `: ` of a line always names
its true sender. It may be of any script, but does not mix scripts (UTS 39, Highly Restrictive), or kinds of digits, and
has no more marks than writing needs. The words with which the server's own sentences begin are reserved, in every
disguise and with anything around and between their letters that is no letter.

Nicknames that look alike at first sight count as the same. Each nickname has several keys, and two nicknames are the
same if they share a key. A key leaves out letter case and the differences that a reader may not see (UTS 39,
skeletons).

Before grammar 2, nicknames could mix scripts and have any marks, marks counted in comparisons, and reserved words were
free with decoration. A replay of older journals needs those rules.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import repeat
from string import ascii_letters, digits
from typing import NewType

import attrs

from udpchat.domain.grammar import NAMES_SINCE
from udpchat.domain.text.bidi import has_direction, is_right_to_left
from udpchat.domain.text.clean import clean
from udpchat.domain.text.names.look import look
from udpchat.domain.text.names.marks import has_fit_marks
from udpchat.domain.text.names.scripts import has_one_kind_of_digits, is_highly_restrictive
from udpchat.domain.text.unicode import Unicode

Nickname = NewType("Nickname", str)

MAX_CHARACTERS = 24  # fits beside a message on a terminal of 80 columns
MAX_WORD = 96  # characters: no spelling of a nickname has more, and a longer word would take long to examine
RESERVED = (
    *("error", "new", "showing", "you", "to"),  # the server's sentences begin with these; docs/wire.md
    *("server", "system", "udpchat", "admin", "administrator", "operator", "moderator", "root", "host"),
    *("welcome", "notice", "warning", "info", "help", "everyone", "everybody", "all", "nobody", "anonymous"),
)

EDGES = "-_"  # they may begin or end a word of a line, and do not count there

_PUNCTUATION = "-_"
_PLAIN = re.compile(f"[A-Za-z][A-Za-z0-9{_PUNCTUATION}]{{0,{MAX_CHARACTERS - 1}}}")
_LETTERS = {"Lu", "Ll", "Lt", "Lo"}  # General_Category; Lm is decoration, such as the prolonged sound mark of kana
# Marks that show nothing alone: joiners of Tifinagh and Brahmi, Khitan's filler, selectors of Duployan and SignWriting.
_INVISIBLE = re.compile("[\u2d7f\U0001107f\U00016fe4\U0001bc9d\U0001bc9e\U0001da9b-\U0001daaf]")


@attrs.frozen
class NicknameRules:
    """The rules for nicknames, applied with the tables in `unicode`, as they are with a version of the grammar."""

    unicode: Unicode
    grammar: int = NAMES_SINCE
    earlier: NicknameRules | None = attrs.field(init=False, repr=False)  # before `NAMES_SINCE`
    _looks: dict[int, str] = attrs.field(init=False, repr=False)  # of the ASCII characters of nicknames
    reserved: frozenset[str] = attrs.field(init=False, repr=False)  # keys

    @earlier.default
    def _(self) -> NicknameRules | None:
        return NicknameRules(self.unicode, NAMES_SINCE - 1) if self.grammar >= NAMES_SINCE else None

    @_looks.default
    def _(self) -> dict[int, str]:
        return {ord(each): look(each, self.unicode) for each in f"{ascii_letters}{digits}{_PUNCTUATION}"}

    @reserved.default
    def _(self) -> frozenset[str]:
        # Capitals too: a word that looks like `ADMIN` need not look like `admin`.
        spellings = (spelling for word in RESERVED for spelling in (word, word.upper(), word.capitalize()))
        return frozenset(key for spelling in spellings for key in self.keys(spelling))

    def of(self, grammar: int) -> NicknameRules:
        """Return the rules as they are with a version of the grammar."""
        return self.earlier if self.earlier and grammar < NAMES_SINCE else self

    def fit(self, word: str) -> Nickname | None:
        """Return `word` as a nickname in its normal form, or None if it cannot be one."""
        if word.isascii():  # nearly all are, and the general rules come to the same
            return Nickname(word) if _PLAIN.fullmatch(word) else None
        if self.earlier is None:
            # The normal form is measured before the rules are applied: they examine each character several times, and a
            # short word may have thousands of characters in its normal form.
            is_short = len(word) <= MAX_WORD and len(unicodedata.normalize("NFKC", word)) <= MAX_CHARACTERS
            name = self.unicode.enforce(word) if is_short else None
            return Nickname(name) if name is not None and self._is_fit(name) else None
        found = self.earlier.fit(word)
        if found is None or self._mixes_scripts(found):
            return None
        return found if has_one_kind_of_digits(found) and has_fit_marks(found, self.unicode) else None

    def form(self, word: str) -> tuple[Nickname, frozenset[str], bool] | None:
        """Return `word` as a nickname, with its keys, and whether it is reserved; None if it cannot be one."""
        if self.earlier is not None and word.isascii() and word.isalpha() and len(word) <= MAX_CHARACTERS:
            # Nearly all are so, and the general rules come to the same. The calls would take longer than the rest.
            seen = [*map(str.translate, (word, word.lower(), word.upper()), repeat(self._looks))]
            keys = frozenset((seen[0].casefold(), *seen))
            return Nickname(word), keys, not self.reserved.isdisjoint(keys)
        name = self.fit(word)
        if name is None:
            return None
        keys = self.keys(name)
        return name, keys, self.is_reserved(name, keys)

    def is_mixed(self, word: str) -> bool:
        """Say whether `word` could be a nickname if it did not mix scripts."""
        found = self.earlier.fit(word) if self.earlier else None
        return found is not None and self._mixes_scripts(found)

    def keys(self, name: str) -> frozenset[str]:
        """Return the keys of a nickname; nicknames that share a key count as the same."""
        folded = name.casefold()
        if self.earlier is None:
            skeleton = self.unicode.skeleton
            return frozenset((folded, skeleton(name).casefold(), skeleton(folded)))
        forms = dict.fromkeys((name, folded, name.upper()))
        if name.isascii():
            seen = [*map(str.translate, forms, repeat(self._looks))]
        else:
            seen = [look(form, self.unicode) for form in forms]
        return frozenset((seen[0].casefold(), *seen))

    def is_reserved(self, name: str, keys: frozenset[str] = frozenset()) -> bool:
        """Say whether a line that begins with `name` could look like a sentence of the server.

        The `keys` of the name are computed if they are not given.
        """
        if not self.reserved.isdisjoint(keys or self.keys(name)):
            return True
        if self.earlier is None or (name.isalpha() and name.isascii()):
            return False
        letters = "".join(each for each in name if _is_letter(each))
        with_digits = "".join(each for each in name if _is_letter(each) or each.isdecimal())
        return not self.reserved.isdisjoint(self.keys(letters) | self.keys(with_digits))

    def _is_fit(self, name: str) -> bool:
        return (
            len(name) <= MAX_CHARACTERS
            and unicodedata.category(name[0]).startswith("L")
            and has_direction(name[0])
            and all(_is_word_character(character) for character in name)
            and len({is_right_to_left(character) for character in name if has_direction(character)}) == 1
            and ":" not in self.unicode.skeleton(name)
            and clean(name) == name
        )

    def _mixes_scripts(self, name: str) -> bool:
        return not is_highly_restrictive(map(self.unicode.scripts, name))


def _is_word_character(character: str) -> bool:
    category = unicodedata.category(character)
    return (category[0] in "LM" and not _INVISIBLE.match(character)) or category == "Nd" or character in _PUNCTUATION


def _is_letter(character: str) -> bool:
    category = unicodedata.category(character)
    return category in _LETTERS or category[0] == "M"
