"""How much is logged: structlog processors that bound the number and the length of log lines."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import attrs
import structlog

from udpchat.domain.admission.token_bucket import TokenBucket

RATE = 20  # lines per second of one level; a burst may have as many as six seconds bring
MAX_TEXT = 500  # characters of one value: a line stays below PIPE_BUF, which a pipe takes without blocking (pipe(7))


@attrs.define(eq=False)
class Throttle:
    """A structlog processor that drops the lines of a level above `RATE`, so that a flood does not fill the disk.

    The next line of that level has the number of dropped lines. `timer` counts seconds and never jumps.
    """

    timer: Callable[[], float] = time.monotonic
    _buckets: dict[str, TokenBucket] = attrs.field(factory=dict, init=False)
    _dropped: Counter[str] = attrs.field(factory=Counter, init=False)

    def __call__(self, _: object, level: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        """Return the line, or raise DropEvent. A line with `unthrottled=True` always passes."""
        if event.pop("unthrottled", False):
            return event
        now = self.timer()
        bucket = self._buckets.setdefault(level, TokenBucket(RATE))
        if not bucket.has(1, now):
            self._dropped[level] += 1
            raise structlog.DropEvent
        bucket.take(1, now)
        if dropped := self._dropped.pop(level, 0):
            event["lines_dropped_before"] = dropped
        return event


def shorten(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Cut texts after `MAX_TEXT` characters, as a structlog processor."""
    return {
        key: f"{value[:MAX_TEXT]}..." if isinstance(value, str) and len(value) > MAX_TEXT else value
        for key, value in event.items()
    }
