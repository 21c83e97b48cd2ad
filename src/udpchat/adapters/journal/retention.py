"""Which states of a room a journal keeps: a start needs one, a replay an earlier one.

What it can not do: know how large they are; there are three at most.
"""

from __future__ import annotations

from collections.abc import Sequence


def retained(places: Sequence[int], keep: int) -> list[int]:
    """Return which snapshots to keep, of those at these places in order.

    The first is what a replay begins with: there are `keep` inputs or more after it, as soon as there were so many.
    The second is to become the first, the last one is what a start begins with.
    """
    first, rest, newest = places[0], list(places[1:]), places[-1]
    while rest and newest - rest[0] >= keep:
        first = rest.pop(0)
    return sorted({first, *rest[:1], newest})
