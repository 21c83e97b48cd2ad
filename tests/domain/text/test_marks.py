"""No character has more combining marks than writing needs."""

from __future__ import annotations

import unicodedata

import pytest

from udpchat.domain.text.clean import clean
from udpchat.domain.text.marks import MAX_MARKS, is_mark


@pytest.mark.parametrize(
    "mark", ["\u0301", "\u0489", "\u20dd", "\u0301\u200d", "\u064b\u180e", "\U0001d165"], ids=ascii
)
@pytest.mark.parametrize("number", [MAX_MARKS, MAX_MARKS + 1, 100])
def test_heaps_of_marks_are_cut(mark: str, number: int) -> None:
    """A character keeps `MAX_MARKS` marks, whatever stands among them; the next character has its own count."""
    shown = clean(f"a{mark * number}b{mark * number}")
    for heap in shown.removeprefix("a").split("b"):
        assert len([character for character in heap if is_mark(character)]) == MAX_MARKS


def test_what_stands_behind_a_heap_of_marks_stays() -> None:
    """Only marks go: a letter of a script with many marks, which may be among them, does not, and has its own marks."""
    letter, mark = "\u0e01", "\u0e48"
    assert clean(f"{letter}{mark * 9}{letter}{mark * 9}{letter}") == f"{letter}{mark * 8}{letter}{mark * 8}{letter}"


@pytest.mark.parametrize(
    "said",
    [
        "\u0301hello",
        "\u180e\u0301hello",
        "\u0301\u0489\u200dhello",
        "\ufe0f\u0301hello",
        "\u0301\u0301\u0301\u0301hello",
    ],
)
def test_marks_without_a_character_go(said: str) -> None:
    """A mark at the beginning of a line is removed: a terminal would show it on the character before the line."""
    assert clean(said) == "hello"
    assert clean(said.removesuffix("hello")) == ""


def test_every_mark_is_counted() -> None:
    """The ranges that are searched for marks include every mark of Unicode."""
    for point in range(0x110000):
        if unicodedata.category(chr(point))[0] == "M":
            shown = clean("a" + chr(point) * 10)
            assert len(shown) <= 1 + MAX_MARKS, hex(point)
