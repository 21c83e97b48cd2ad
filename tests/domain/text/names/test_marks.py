"""A nickname has no more marks than writing needs."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.room import NAMES
from udpchat.domain.text.names.marks import is_accent

LETTERS = "aio\u0438\u03b1\u05d0\u0645\u0928\u0e01\u3055\u1019\u0f56\u1780"
MARKS = [each for each in map(chr, range(0x110000)) if unicodedata.category(each)[0] == "M"]
OTHER_CLASSES = {0, 6, 8, 9, *range(84, 133)}  # Canonical_Combining_Class: vowels, readings, voicing, viramas, tones
ABOVE = [mark for mark in MARKS if unicodedata.combining(mark) == 230]


@pytest.mark.parametrize(
    "word",
    [
        *("Ng\u1ecdc", "Y\u1ebfn", "Fol\u00e1k\u1eb9\u0301", "\u0645\u064f\u062d\u064e\u0645\u064e\u0651\u062f"),
        "\u101c\u103e\u102d\u102f\u1004\u103a",  # three nonspacing vowel signs and medials
        "\u1019\u102d\u102f\u1037\u103a",  # four
        "\u0f66\u0f92\u0fb2\u0f7c\u0f63",  # subjoined letters
    ],
)
def test_marks_that_writing_needs(word: str) -> None:
    """Two accents on a letter are allowed, and vowel signs as many as a language has."""
    assert NAMES.fit(word) == word


@pytest.mark.parametrize(
    "word",
    [
        *("a\u0301\u0302\u0303", "e\u0323\u0302\u0301", "b\u0301\u0301", "b\u0301\u0323\u0301", "a\u0335\u0336\u0337"),
        *("\u1ebf\u0301", "\u0628\u064e\u064e", "\u0e01\u0e48\u0e48", "\u1019\u102d\u102d"),
        "\u1019\u102d\u102f\u1032\u1037\u103a",  # five
        *("1\u0301", "a1\u0301", "a-\u0301"),  # on a digit or punctuation
        *(
            "\u0e01\u0307",
            "\u05d0\u0307",
            "\u066e\u0307",
            "\u304b\u030a",
            "client\u3099",
            "client\u302a",
        ),  # of no script
        *("\u066e\u065c", "\u06ba\u06ec", "\u066e\u08eb"),  # dots, which make another letter
    ],
)
def test_marks_that_writing_does_not_need(word: str) -> None:
    """Three accents, one mark twice, heaps, and marks that could make another letter are refused."""
    assert NAMES.fit(word) is None


@given(st.sampled_from(LETTERS), st.lists(st.sampled_from(MARKS) | st.sampled_from(ABOVE[:40]), max_size=5))
def test_no_letter_has_three_accents_or_one_mark_twice(letter: str, marks: list[str]) -> None:
    """Whatever marks a letter has, in an accepted name it has at most two above it, at most four, and none twice."""
    name = NAMES.fit(f"x{letter}{''.join(marks)}") or NAMES.fit(letter + "".join(marks))
    if name is None:
        return
    kept = [each for each in unicodedata.normalize("NFD", name) if unicodedata.category(each)[0] == "M"]
    assert len(kept) == len(set(kept))
    assert sum(unicodedata.category(each) != "Mc" for each in kept) <= 4
    assert sum(unicodedata.combining(each) == 230 for each in kept) <= 2


def test_which_marks_are_accents() -> None:
    """An accent encloses a letter, or its class tells where it is: on, above, below or through the letter."""
    for mark in MARKS:
        encloses, is_placed = unicodedata.category(mark) == "Me", unicodedata.combining(mark) not in OTHER_CLASSES
        assert is_accent(mark) is (encloses or is_placed), ascii(mark)
    assert not is_accent("a")
