"""What a terminal may be sent, as an assertion that the tests share."""

from __future__ import annotations

import re
import unicodedata

from udpchat.domain.text.characters.gaps import MAX_GAP
from udpchat.domain.text.marks import MAX_MARKS

# The rules of `clean` once more, by category and property instead of by code point, so that the two check each other.
SHOWN_FORMATS = set(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)  # UCD: visible
EMPTY_SIGN = re.compile(r" (BLANK|(?<!GAP )(?<!LINE )(?<!SPACE )FILLER|NULL NOTEHEAD)$")  # in a name
HANGUL = set(map(chr, (*range(0x1160, 0x1200), *range(0xD7B0, 0xD800))))  # vowels and finals
JOINERS = {"\u200c", "\u200d", "\u180e"}


def widest_gap(line: str) -> int:
    """Return the columns of the widest run of characters that show nothing; marks on a blank do not end it."""
    widest = width = 0
    for character in line:
        category = unicodedata.category(character)
        if character.isspace() or EMPTY_SIGN.search(unicodedata.name(character, "")):
            width += 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
        elif category[0] != "M" and (category != "Cf" or character in SHOWN_FORMATS) and character not in HANGUL:
            width = 0
        widest = max(widest, width)
    return widest


def assert_fit_for_a_terminal(line: str) -> None:
    """Fail if a character in `line` controls a terminal, hides, changes the direction of the text, or ends the line.

    One exception: a left-to-right mark may stand before a line, and after a name, that is written from the right.
    """
    if line.startswith("\u200e"):
        line = line[1:]
        assert unicodedata.bidirectional(next(filter(str.isalpha, line), " ")) in {"R", "AL"}
    for name in re.findall(r"(\S+)\u200e", line):
        assert unicodedata.bidirectional(next(filter(str.isalpha, reversed(name)), " ")) in {"R", "AL"}
    line = line.replace("\u200e", "")
    assert widest_gap(line) <= MAX_GAP + 1, "a gap that fills a terminal's row"
    heap = 0
    for character in line:
        heap = heap + 1 if unicodedata.category(character)[0] == "M" else heap if character in JOINERS else 0
        assert heap <= MAX_MARKS, "a heap of marks"
    for character in line:
        category = unicodedata.category(character)
        assert category not in {"Cc", "Cs", "Zl", "Zp"}, ascii(character)
        assert category != "Cf" or character in SHOWN_FORMATS | JOINERS, ascii(character)
        assert unicodedata.bidirectional(character) not in {
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        }
    assert not re.search("[\u034f\u115f\u1160\u3164\uffa0\u17b4\u17b5]", line), "a letter that shows nothing"
    assert not re.search("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2}", line), "hidden data in variation selectors"
    assert not re.search(
        "[a-zA-Z0-9 ][\u200c\u200d]|[\u200c\u200d]([a-zA-Z0-9 ]|$)", line.replace("\u094d\u200d", "")
    ), "a joiner that joins nothing"
