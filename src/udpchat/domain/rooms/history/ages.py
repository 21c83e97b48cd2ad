"""Which messages are too old, by the times of a clock that may have been wrong for a while, in either direction.

A wrong clock betrays itself: times go back, or lie in the future. The most times that agree with each other and with
the present one are trusted (a longest nondecreasing subsequence, of several the one with the latest times). Any other
message was said before the next one that is trusted, so it counts as old as that one.

Limit: while most of the messages have wrong times, these are trusted.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import inf

import attrs


@attrs.frozen(eq=False)
class Ages:
    """The times of messages, in the order in which they were said, as they are judged at `now`.

    All are in seconds since 1970 UTC. To judge 10,000 messages takes some ms.
    """

    times: Sequence[float]
    now: float
    _places: Sequence[int] = attrs.field(init=False)  # of the messages that are trusted
    _complete: bool = attrs.field(init=False)  # no time lies in the future

    @_places.default
    def _(self) -> Sequence[int]:
        return _trusted(self.times, self.now)

    @_complete.default
    def _(self) -> bool:
        return max(self.times, default=self.now) <= self.now

    def hold(self, now: float) -> bool:
        """Return whether they are judged in the same way at another time."""
        return now == self.now or (self._complete and now > self.now)

    def first_since(self, at: float) -> int:
        """Return the place of the first message that was said at `at` or later, or their number if there is none."""
        older = bisect_left(self._places, at, key=self.times.__getitem__)
        return self._places[older - 1] + 1 if older else 0


_Chain = tuple[int, "_Chain"] | None
"""The place of a time and the rest of a subsequence."""


def _trusted(times: Sequence[float], now: float) -> list[int]:
    """Return the places of the times that are trusted, by patience sorting from the end."""
    heads = [-inf]  # for each length, the latest time with which a subsequence of that length begins, negated
    chains: list[_Chain] = [None]  # these subsequences
    for place in reversed(range(len(times))):
        time = -times[place]
        if time < -now:  # in the future
            continue
        length = bisect_right(heads, time)
        chain = place, chains[length - 1]
        if length == len(heads):
            heads.append(time)
            chains.append(chain)
        else:
            heads[length], chains[length] = time, chain
    found, rest = list[int](), chains[-1]
    while rest:
        place, rest = rest
        found.append(place)
    return found
