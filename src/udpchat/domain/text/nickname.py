"""What a nickname is: generated, validated, compared.

A nickname is a letter of any script and up to 23 more letters, marks, decimal digits, `-` and `_`, as RFC 8266
(PRECIS) has them. It holds no space and nothing that looks like a colon, so what stands before the first `: ` of a line
is always its true sender; the first words of the server's own sentences are reserved.

Names that look alike are one: two names are the same if any of their keys are, and the keys are what is left of a name
without letter case and without the differences that a reader may not see (Unicode Technical Standard 39, skeletons).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from string import ascii_lowercase
from typing import NewType

import attrs

from udpchat.domain.rejection import NicknameReserved, NicknameUnfit, Rejected
from udpchat.domain.text.bidi import has_direction, is_right_to_left
from udpchat.domain.text.clean import clean
from udpchat.domain.text.unicode import Unicode

Nickname = NewType("Nickname", str)

MAX_CHARACTERS = 24  # fits beside a message on a terminal of 80 columns
MAX_WORD = 96  # characters looked at: more than any spelling of a nickname has, and few enough to be quick
GENERATED_CHARACTERS = 5  # as the original program had it: 26**5 = 11.9 million names that differ by more than case
TRIES_PER_LENGTH = 1000  # names tried before they get one letter longer; the first is free in all but a huge room
RESERVED = (
    *("error", "new", "showing", "you", "to"),  # with which sentences of the server begin; docs/wire.md
    *("server", "system", "udpchat", "admin", "administrator", "operator", "moderator", "root", "host"),
    *("welcome", "notice", "warning", "info", "help", "everyone", "everybody", "all", "nobody", "anonymous"),
)

_PUNCTUATION = "-_"
# Marks that show nothing by themselves: joiners of Tifinagh and Brahmi, Khitan's filler, selectors of Duployan and
# SignWriting.
_UNSEEN = frozenset("\u2d7f\U0001107f\U00016fe4\U0001bc9d\U0001bc9e").union(map(chr, range(0x1DA9B, 0x1DAB0)))


@attrs.frozen
class NicknameRules:
    """The rules for nicknames; `unicode` has the tables that they need."""

    unicode: Unicode
    _reserved: frozenset[str] = attrs.field(init=False)

    @_reserved.default
    def _(self) -> frozenset[str]:
        # In capitals too: what looks like `ADMIN` need not look like `admin`.
        spellings = (address_codec for word in RESERVED for address_codec in (word, word.upper(), word.capitalize()))
        return frozenset(key for address_codec in spellings for key in self.keys(address_codec))

    def parse(self, word: str) -> Nickname:
        """Return `word` as a nickname; raise `Rejected` (`NicknameUnfit`, `NicknameReserved`) if it cannot be one."""
        # What it will be is counted first: a word of few characters may have thousands in its normal form, and the
        # rules look at each of them again and again.
        short = len(word) <= MAX_WORD and len(unicodedata.normalize("NFKC", word)) <= MAX_CHARACTERS
        name = self.unicode.enforce(word) if short else None
        if name is None or not self._is_fit(name):
            raise Rejected(NicknameUnfit())
        if self.is_reserved(name):
            raise Rejected(NicknameReserved(name))
        return Nickname(name)

    def keys(self, name: str) -> frozenset[str]:
        """Return what a name shares one or more of with every name that counts as the same."""
        folded, skeleton = name.casefold(), self.unicode.skeleton(name)
        return frozenset((folded, skeleton.casefold(), self.unicode.skeleton(folded)))

    def is_reserved(self, name: str) -> bool:
        """Say whether a name reads as if the server spoke."""
        return not self._reserved.isdisjoint(self.keys(name))

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
    return (category[0] in "LM" and character not in _UNSEEN) or category == "Nd" or character in _PUNCTUATION


def generate(entropy: int, taken: Callable[[Nickname], bool]) -> Nickname:
    """Return a nickname of random ASCII letters for which `taken` is false.

    `entropy` is a number of 64 random bits; the same entropy and the same names taken give the same nickname. It has
    5 letters, or more where those run short. It always comes to an end: the names it tries all differ, in more than
    case, and it goes on to longer ones.
    """
    length = GENERATED_CHARACTERS
    while True:
        names = len(ascii_lowercase) ** length
        for step in range(TRIES_PER_LENGTH):
            candidate = _spell((entropy + step) % names, entropy // names, length)
            if not taken(candidate):
                return candidate
        length += 1


def _spell(number: int, case: int, length: int) -> Nickname:
    """Return the name that `number` is in base 26, a letter in upper case where `case` has a bit."""
    letters = []
    for place in range(length):
        number, index = divmod(number, len(ascii_lowercase))
        letter = ascii_lowercase[index]
        letters.append(letter.upper() if case >> place & 1 else letter)
    return Nickname("".join(letters))
