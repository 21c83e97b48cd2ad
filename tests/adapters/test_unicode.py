"""The table of scripts says what the Unicode Character Database says."""

from __future__ import annotations

import unicodedata

import pytest
from confusable_homoglyphs import categories

from tests.adapters.script_table import DATABASE, TABLE, table
from tests.app.clients.processes import lacking
from udpchat.adapters.unicode import UnicodeTables

TABLES = UnicodeTables()
NAMES = {"Latn": "LATIN", "Grek": "GREEK", "Cyrl": "CYRILLIC", "Arab": "ARABIC", "Deva": "DEVANAGARI", "Hani": "HAN"}


def test_the_table_agrees_with_another_one() -> None:
    """Letters and digits of the large scripts are in the same scripts as in the data of confusable-homoglyphs."""
    names = {name: code for code, name in NAMES.items()}
    for character in map(chr, range(0x30000)):
        if unicodedata.category(character)[0] == "L" and (code := names.get(categories.alias(character))):
            assert code in TABLES.scripts(character), hex(ord(character))


@pytest.mark.parametrize(
    ("character", "scripts"),
    [
        *(("a", {"Latn"}), ("\u0431", {"Cyrl"}), ("1", {"Zyyy"}), ("-", {"Zyyy"}), ("_", {"Zyyy"}), (" ", {"Zyyy"})),
        *(("\u0301", {"Zinh"}), ("\u30fc", {"Hira", "Kana"}), ("\u0661", {"Arab", "Thaa", "Yezi"})),
        ("\u064e", {"Arab", "Syrc"}),
    ],
)
def test_scripts(character: str, scripts: set[str]) -> None:
    """A character has the scripts of its property Script_Extensions, punctuation is common to all."""
    assert TABLES.scripts(character) == scripts


def test_the_table_is_what_its_script_makes() -> None:
    """The table was not changed by hand."""
    if not (DATABASE / "Scripts.txt").exists():
        lacking("the Unicode Character Database is not installed")
    made, kept = table(DATABASE), TABLE.read_text(encoding="utf-8")
    if made.partition("\n")[0] == kept.partition("\n")[0]:  # the same version
        assert made == kept
