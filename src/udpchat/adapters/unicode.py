"""Nicknames by the Unicode standard: RFC 8266 by precis-i18n, look-alikes by the data of confusable-homoglyphs.

Scripts come from a table beside this file, which `python -m tests.adapters.script_table` makes: the standard library
has no scripts, and none of these packages has Script_Extensions.

Limits: the version of Unicode is that of these packages and of Python. Look-alikes are those of Unicode Technical
Standard 39; some of them look different in most fonts. Sources: RFC 8264, RFC 8266, UTS 39 section 4 (skeleton), UAX
24 (scripts).
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from importlib.metadata import version
from pathlib import Path

from confusable_homoglyphs import confusables
from precis_i18n import get_profile

_IGNORED = dict.fromkeys(map(ord, "\u034f\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))  # invisible


_SCRIPTS = Path(__file__).with_name("script_extensions.txt")
_COMMON, _UNKNOWN = frozenset({"Zyyy"}), frozenset({"Zzzz"})
_PACKAGES = ("confusable-homoglyphs", "precis-i18n")


class UnicodeTables:
    """The port `Unicode`."""

    def __init__(self) -> None:
        self._profile = get_profile("NicknameCasePreserved")
        self._prototypes = _prototypes()
        self._starts, self._ranges, scripts_version = _script_extensions()
        self.version = "/".join((unicodedata.unidata_version, *map(version, _PACKAGES), scripts_version))

    def scripts(self, character: str) -> frozenset[str]:
        """Return the scripts that use a letter, mark or digit; all other characters are common to all scripts."""
        category = unicodedata.category(character)
        if category[0] not in "LM" and category != "Nd":
            return _COMMON
        point = ord(character)
        last, scripts = self._ranges[bisect_right(self._starts, point) - 1]
        return scripts if point <= last else _UNKNOWN

    def enforce(self, name: str) -> str | None:
        """Return `name` in the form that RFC 8266 enforces, or None if it cannot be a nickname."""
        try:
            return str(self._profile.enforce(name))
        except UnicodeEncodeError:  # the library raises it for a name that is not allowed
            return None

    def skeleton(self, name: str) -> str:
        """Return the skeleton of `name`: names that look alike have the same one. It is compared, not shown."""
        if not name.isascii():
            name = unicodedata.normalize("NFD", name).translate(_IGNORED)
        return unicodedata.normalize("NFD", name.translate(self._prototypes))


def _script_extensions() -> tuple[list[int], list[tuple[int, frozenset[str]]], str]:
    """Return the first characters of ranges, the last characters and scripts of these, and the version of the table."""
    heading, *lines = _SCRIPTS.read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if not line.startswith("#")]
    ranges = [(int(last, 16), frozenset(scripts)) for _, last, *scripts in rows]
    return [int(first, 16) for first, *_ in rows], ranges, heading.rpartition(" ")[2]


def _prototypes() -> dict[int, str]:
    """Return the prototype of each character that has one: the text that it looks like.

    The data has each pair in both directions: a character lists only its prototype, and a prototype lists all
    characters that look like it. If two list only each other, the prototype is the longer one, or else the smaller one.
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
    """Return a glyph without the direction marks that the data adds to right-to-left characters."""
    return glyph.strip("\u200e")
