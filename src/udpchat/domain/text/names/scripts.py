"""Scripts of a word (Unicode Technical Standard 39, sections 5.1 to 5.3).

A script is its code in ISO 15924, such as `Latn`. A character has those of its property Script_Extensions (Unicode
Standard Annex 24). `Zyyy` (Common) and `Zinh` (Inherited) go with every script.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

INHERITED = "Zinh"
_EVERY = {"Zyyy", INHERITED}
_WRITING_SYSTEMS = {  # several scripts that one language is written in: script -> systems
    "Hani": {"Hanb", "Jpan", "Kore"},
    "Hira": {"Jpan"},
    "Kana": {"Jpan"},
    "Hang": {"Kore"},
    "Bopo": {"Hanb"},
}
_BESIDE_LATIN = {"Hanb", "Jpan", "Kore"}


def is_highly_restrictive(scripts: Iterable[frozenset[str]]) -> bool:
    """Say whether a word, given the scripts of each of its characters, mixes none that readers could confuse.

    All of it is of one script, of one writing system (Japanese, Korean, Han with Bopomofo), or of one of these and
    Latin.
    """
    known = [_augmented(each) for each in scripts if each.isdisjoint(_EVERY)]
    if not known or frozenset.intersection(*known):
        return True
    others = [each for each in known if "Latn" not in each]
    return not frozenset.intersection(*others).isdisjoint(_BESIDE_LATIN)


def has_one_kind_of_digits(word: str) -> bool:
    """Say whether all decimal digits of a word are from one row of ten."""
    return len({ord(each) - unicodedata.decimal(each) for each in word if each.isdecimal()}) <= 1


def _augmented(scripts: frozenset[str]) -> frozenset[str]:
    return scripts.union(*(_WRITING_SYSTEMS.get(script, ()) for script in scripts))
