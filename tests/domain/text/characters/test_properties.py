"""The sets of characters are those of the Unicode Character Database."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest

from tests.domain.text.characters.tables import BLANK_NAME, as_ranges, characters_of, having
from udpchat.domain.text.characters import properties

# Prepended_Concatenation_Mark: format characters that are visible
VISIBLE_FORMATS = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
ASSIGNED = [
    each for each in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(each) not in {"Cn", "Co", "Cs"}
]


def members(ranges: str) -> set[str]:
    """Return the assigned characters in a set."""
    return set(re.findall(f"[{ranges}]", "".join(ASSIGNED)))


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        (properties.SPACES, {each for each in ASSIGNED if unicodedata.category(each) == "Zs"}),
        (properties.SEPARATORS, {each for each in ASSIGNED if each.isspace() and unicodedata.category(each) != "Zs"}),
        (
            properties.BLANK_SIGNS,
            {
                each
                for each in ASSIGNED
                if BLANK_NAME.search(unicodedata.name(each, "")) and unicodedata.category(each)[0] != "P"
            }
            - members(properties.DEFAULT_IGNORABLE),
        ),
        (
            properties.INVISIBLE_FORMATS,
            {each for each in ASSIGNED if unicodedata.category(each) == "Cf"}
            - members(properties.DEFAULT_IGNORABLE)
            - VISIBLE_FORMATS,
        ),
    ],
    ids=["SPACES", "SEPARATORS", "BLANK_SIGNS", "INVISIBLE_FORMATS"],
)
def test_a_set_agrees_with_the_standard_library(ranges: str, expected: set[str]) -> None:
    """Each set has the characters that the tables of Python give; Python may know fewer characters, and no others."""
    assert members(ranges) == expected


def test_ignorable_characters_are_of_few_categories() -> None:
    """The standard library lacks Default_Ignorable_Code_Point; its characters are formats, marks and Hangul fillers."""
    found = members(properties.DEFAULT_IGNORABLE)
    assert {unicodedata.category(each) for each in found} == {"Cf", "Mn", "Lo"}
    assert {each for each in found if unicodedata.category(each) == "Lo"} == set("\u115f\u1160\u3164\uffa0")


def test_tables_are_read() -> None:
    """The script reads single code points and ranges, and writes them as ranges in order."""
    assert having("0041..0043    ; Letter # x\n0061 ; Letter # y\n0062 ; Digit # z\n", "Letter") == {65, 66, 67, 97}
    assert as_ranges({97, 65, 0x10000, 66, 67}) == ["\\x41-\\x43", "\\x61", "\\U00010000"]
    assert characters_of("2800;BRAILLE PATTERN BLANK;So;0;L;;;;;N;;;;;\n")[0x2800].category == "So"
