"""Letters that are written from right to left."""

from __future__ import annotations

import pytest

from udpchat.domain.text.bidi import LEFT_TO_RIGHT_MARK, has_direction, is_right_to_left


@pytest.mark.parametrize("letter", ["\u05d0", "\u0645", "\u07ca", "\U0001e922"])
def test_letters_from_the_right(letter: str) -> None:
    """Hebrew, Arabic, N'Ko and Adlam letters are written from the right."""
    assert is_right_to_left(letter)
    assert has_direction(letter)


@pytest.mark.parametrize("letter", ["a", "\u0434", "\u0915", "\u4f60", LEFT_TO_RIGHT_MARK])
def test_letters_from_the_left(letter: str) -> None:
    """Latin, Cyrillic, Indic and Chinese letters are written from the left, and the mark counts as one of them."""
    assert not is_right_to_left(letter)
    assert has_direction(letter)


@pytest.mark.parametrize("character", ["1", "\u0661", "-", " ", "\u0301", "\u02b9"])
def test_characters_without_a_direction(character: str) -> None:
    """Digits, punctuation, spaces, marks and some letters go where the text around them goes."""
    assert not is_right_to_left(character)
    assert not has_direction(character)
