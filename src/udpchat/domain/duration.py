"""Durations in words."""

from __future__ import annotations

_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))  # with their seconds


def in_words(seconds: float) -> str:
    """Return a duration in the largest unit that fits into it, rounded down: `3 minutes`, `1 hour`, `0 seconds`."""
    whole = max(0, int(seconds))
    unit, size = next((each for each in _UNITS if whole >= each[1]), _UNITS[-1])
    number = whole // size
    return f"{number} {unit}{'' if number == 1 else 's'}"
