"""The token bucket: so much at once, and so much a second from then on.

All buckets here hold six seconds' worth. So one number tells all of a bucket's state: when it will be full again, if
nothing more is taken (the theoretical arrival time of the Generic Cell Rate Algorithm, ITU-T I.371). A bucket from
which all was taken is full six seconds from now; one that is full already was so at some time before now.
"""

from __future__ import annotations

import attrs

BURST_SECONDS = 6.0  # what a bucket holds: at 10 lines a second a page of 60 lines goes through at once

NO_LIMIT = 1e12  # tokens, of a bucket that never empties


@attrs.define(eq=False)
class TokenBucket:
    """Holds `rate` tokens for each of six seconds, and gains as many a second; at a rate of 0 it never empties.

    `full_at` is in seconds, from any clock; one that goes back earns nothing. `interval` is the time one token takes.
    """

    rate: float
    interval: float = attrs.field(init=False)
    full_at: float = attrs.field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        self.interval = 1 / self.rate if self.rate else 0.0

    def after(self, cost: float, now: float) -> float:
        """Return what `full_at` is when `cost` tokens are taken; there are not so many if that is too far off."""
        return max(self.full_at, now) + cost * self.interval

    def has(self, cost: float, now: float) -> bool:
        """Say whether `cost` tokens can be taken."""
        return self.after(cost, now) <= now + BURST_SECONDS

    def tokens(self, now: float) -> float:
        """Return how many tokens there are, below zero in debt; without a limit, as many as nobody takes."""
        if not self.interval:
            return NO_LIMIT
        return (BURST_SECONDS - max(self.full_at - now, 0.0)) / self.interval  # exactly a burst when full

    def take(self, cost: float, now: float) -> None:
        """Take `cost` tokens, into debt if it must be, but no further than twice the time that filling it takes.

        So a clock that was set back keeps nobody waiting for longer than that either.
        """
        self.full_at = min(self.after(cost, now), now + 2 * BURST_SECONDS)

    def is_full(self, now: float) -> bool:
        """Say whether it is full: then it can be forgotten and made anew."""
        return self.full_at <= now
