"""Which messages are too old, by the times of a clock that may have been wrong for a while, in either direction.

A wrong clock betrays itself: times go back, or lie in the future. The most times that agree with each other and with
the present one are trusted (a longest nondecreasing subsequence, of several the one with the latest times). Any other
message was said before the next one that is trusted, so it counts as old as that one.

Limit: while most of the messages have wrong times, these are trusted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence


def first_since(at: float, times: Sequence[float], now: float) -> int:
    """Return the place of the first message that was said at `at` or later, or their number if there is none.

    `times` has a time for each message, in the order in which they were said. `now` is the present time. All are in
    seconds since 1970 UTC.
    """
    return max((place + 1 for place in _trusted(times, now) if times[place] < at), default=0)


def _trusted(times: Sequence[float], now: float) -> list[int]:
    """Return the places of the times that are trusted, by patience sorting from the end."""
    heads: list[float] = []  # for each length, the latest time with which a subsequence of that length begins, negated
    places: list[int] = []  # of the heads
    following = [-1] * len(times)
    for place in range(len(times) - 1, -1, -1):
        time = -times[place]
        if time < -now:  # in the future
            continue
        if not heads or time >= heads[-1]:  # most times are right
            following[place] = places[-1] if places else -1
            heads.append(time)
            places.append(place)
        else:
            length = bisect_right(heads, time)
            following[place] = places[length - 1] if length else -1
            heads[length], places[length] = time, place
    found, place = [], places[-1] if places else -1
    while place >= 0:
        found.append(place)
        place = following[place]
    return found
