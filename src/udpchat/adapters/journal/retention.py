"""Which snapshots a journal keeps: the newest one for a start, an older one for a replay.

Limit: it counts inputs, not bytes. At most three snapshots are kept.
"""

from __future__ import annotations

from collections.abc import Sequence


def retained(numbers: Sequence[int], keep: int) -> list[int]:
    """Return which of the snapshots with these numbers to keep; numbers count inputs, in ascending order.

    A replay begins at the first one: at least `keep` inputs follow it, if there were that many. The second one replaces
    the first when `keep` inputs follow it. A start begins at the last one.
    """
    first, rest, newest = numbers[0], list(numbers[1:]), numbers[-1]
    while rest and newest - rest[0] >= keep:
        first = rest.pop(0)
    return sorted({first, *rest[:1], newest})
