"""The token bucket: a rate limit that allows bursts.

Every bucket here holds what it gains in six seconds. So one number is its whole state: the time when it will be full
if no more tokens are taken (the theoretical arrival time of the Generic Cell Rate Algorithm, ITU-T I.371). An empty
bucket will be full six seconds from now. A full bucket became full at some time in the past.
"""

from __future__ import annotations

from math import inf

import attrs

from udpchat.domain.admission.policy import BURST_SECONDS

MAX_EMPTY_SECONDS = 2 * BURST_SECONDS  # from the deepest debt until full, so no client waits for longer than that

NO_LIMIT = 1e12  # tokens in a bucket that never empties


@attrs.define(eq=False)
class TokenBucket:
    """Gains `rate` tokens per second and holds those of six seconds. A bucket of rate 0 never empties.

    A new bucket is full. `full_at` is in seconds, by any clock; a clock that was set back gains no tokens. `interval`
    is the number of seconds in which the bucket gains one token.
    """

    rate: float
    interval: float = attrs.field(init=False)
    full_at: float = attrs.field(default=-inf, init=False)

    def __attrs_post_init__(self) -> None:
        self.interval = 1 / self.rate if self.rate else 0.0

    def use(self, rate: float, now: float) -> None:
        """Gain another `rate` from now on. As many tokens are missing as before, but no more than the deepest debt."""
        missing = max(self.full_at - now, 0.0) * self.rate
        self.rate, self.interval = rate, 1 / rate if rate else 0.0
        self.full_at = now + min(missing * self.interval, MAX_EMPTY_SECONDS)

    def after(self, cost: float, now: float) -> float:
        """Return what `full_at` would be without `cost` tokens. There are fewer if this is after a burst from now."""
        return max(self.full_at, now) + cost * self.interval

    def has(self, cost: float, now: float) -> bool:
        """Return whether `cost` tokens can be taken."""
        return self.after(cost, now) <= now + BURST_SECONDS

    def tokens(self, now: float) -> float:
        """Return the number of tokens: negative in debt, `NO_LIMIT` for a bucket that never empties."""
        if not self.interval:
            return NO_LIMIT
        return (BURST_SECONDS - max(self.full_at - now, 0.0)) / self.interval  # exactly a burst when full

    def take(self, cost: float, now: float) -> None:
        """Take `cost` tokens, going into debt if there are fewer, but no deeper than `MAX_EMPTY_SECONDS`."""
        self.full_at = min(self.after(cost, now), now + MAX_EMPTY_SECONDS)

    def limit_debt(self, now: float) -> None:
        """After the clock was set back, bring the bucket back to the deepest debt. It gains nothing otherwise."""
        self.full_at = min(self.full_at, now + MAX_EMPTY_SECONDS)

    def try_take(self, cost: float, now: float) -> bool:
        """Take `cost` tokens and return True, or return False if there are fewer."""
        self.limit_debt(now)
        if not self.has(cost, now):
            return False
        self.take(cost, now)
        return True

    def is_full(self, now: float) -> bool:
        """Return whether the bucket is full: a new one could replace it."""
        return self.full_at <= now
