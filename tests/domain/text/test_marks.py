"""No character has more combining marks than writing needs."""

from __future__ import annotations

import unicodedata

import pytest

from udpchat.domain.text.clean import clean
from udpchat.domain.text.marks import MAX_MARKS


@pytest.mark.parametrize(
    "mark", ["\u0301", "\u0489", "\u20dd", "\ufe0f\u0301", "\u0301\u200d", "\u064b\u180e", "\U0001d165"]
)
def test_heaps_of_marks_are_cut(mark: str) -> None:
    """A character keeps `MAX_MARKS` marks, whatever stands among them; the next character has its own count."""
    shown = clean(f"a{mark * 100}b\u0301")
    marks = [character for character in shown[:-2] if unicodedata.category(character)[0] == "M"]
    assert 0 < len(marks) <= MAX_MARKS
    assert shown.endswith("b\u0301")


@pytest.mark.parametrize("said", ["\u0301hello", "\u180e\u0301hello", "\u0301\u0489\u200dhello", "\ufe0f\u0301hello"])
def test_marks_without_a_character_go(said: str) -> None:
    """A mark at the beginning of a line is removed: a terminal would show it on the character before the line."""
    assert clean(said) == "hello"


def test_every_mark_is_counted() -> None:
    """The ranges that are searched for marks include every mark of Unicode."""
    for point in range(0x110000):
        if unicodedata.category(chr(point))[0] == "M":
            shown = clean("a" + chr(point) * 10)
            assert len(shown) <= 1 + MAX_MARKS, hex(point)
