"""Durations in words."""

from __future__ import annotations

import pytest

from udpchat.domain.duration import in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((0.0, "0 seconds"), (0.9, "0 seconds"), (1.0, "1 second"), (59.9, "59 seconds")),
        *((60.0, "1 minute"), (119.0, "1 minute"), (120.0, "2 minutes"), (3599.9, "59 minutes")),
        *((3600.0, "1 hour"), (86_399.0, "23 hours"), (86_400.0, "1 day"), (1e9, "11574 days")),
        (-5.0, "0 seconds"),
    ],
)
def test_in_words(seconds: float, words: str) -> None:
    """A duration has one unit, rounded down; one that is negative, after a clock was set back, counts as none."""
    assert in_words(seconds) == words
