"""The token bucket: so much at once, and so much a second from then on."""

from __future__ import annotations

from math import inf

import attrs

BURST_SECONDS = 6  # what a bucket holds: at 10 lines a second a page of 60 lines goes through at once


@attrs.define(eq=False)
class TokenBucket:
    """Holds up to `burst` tokens and gains `rate` a second; a rate of 0 is none at all, and the bucket never empties.

    Whoever takes tokens calls `fill` before, and looks at `tokens`. Time is in seconds, from any clock; one that goes
    back earns nothing.
    """

    rate: float
    at: float  # when it was last filled
    burst: float = attrs.field(init=False)
    tokens: float = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.burst = self.tokens = self.rate * BURST_SECONDS or inf

    def fill(self, now: float) -> None:
        """Add what was gained until `now`."""
        if now > self.at:
            tokens = self.tokens + (now - self.at) * self.rate
            self.tokens = tokens if tokens < self.burst else self.burst  # noqa: FURB136 - min() costs as much again
        self.at = now

    def charge(self, cost: float) -> None:
        """Take `cost` tokens after the fact, into debt if it must be, but no further than waiting a burst's time."""
        self.tokens = max(self.tokens - cost, -self.burst)

    def is_full(self, now: float) -> bool:
        """Say whether it would be full at `now`: then it can be forgotten and made anew."""
        return self.tokens + (now - self.at) * self.rate >= self.burst
