"""Letters that are written from right to left (Unicode Standard Annex 9, the bidirectional algorithm)."""

from __future__ import annotations

import unicodedata

LEFT_TO_RIGHT_MARK = "\u200e"  # shows nothing, and counts as a letter that is written from the left

_RIGHT_TO_LEFT = {"R", "AL"}  # Bidi_Class
_STRONG = {"L", *_RIGHT_TO_LEFT}


def is_right_to_left(character: str) -> bool:
    """Say whether a terminal lays out a line from the right when this is its first letter."""
    return unicodedata.bidirectional(character) in _RIGHT_TO_LEFT


def has_direction(character: str) -> bool:
    """Say whether the direction of this character is strong: it stays the same whatever stands around it."""
    return unicodedata.bidirectional(character) in _STRONG
