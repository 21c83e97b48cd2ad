"""Members who talk, and one who listens."""

from __future__ import annotations

import selectors
import statistics
import time
from collections.abc import Sequence

import attrs
from attacks.crowd import Crowd, received, send


@attrs.define(eq=False)
class Talk:
    """Lines of members, and when the listener hears each. `mark` is in each line, and in no other talk."""

    crowd: Crowd
    mark: bytes
    said_at: list[float] = attrs.field(factory=list, init=False)
    heard_at: dict[int, float] = attrs.field(factory=dict, init=False)

    def go_on(self, rate: float, seconds: float, talkers: int = 1) -> None:
        """Let so many members say so many lines a second each, and listen meanwhile."""
        began = time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(self.crowd.listener, selectors.EVENT_READ)
            for turn in range(int(rate * seconds)):
                for talker in self.crowd.talkers[:talkers]:
                    self.said_at.append(time.monotonic())
                    send(talker, b"%b %d.\n" % (self.mark, len(self.said_at) - 1))
                self._listen(selector, began + (turn + 1) / rate)

    def count_from_now(self) -> None:
        """Count the waits for all lines from now on, since the server could not have sent them earlier."""
        self.said_at[:] = [time.monotonic()] * len(self.said_at)

    def wait(self, limit: float) -> None:
        """Listen until all lines are heard, or for so many seconds."""
        end = time.monotonic() + limit
        with selectors.DefaultSelector() as selector:
            selector.register(self.crowd.listener, selectors.EVENT_READ)
            while len(self.heard_at) < len(self.said_at) and (now := time.monotonic()) < end:
                self._listen(selector, min(now + 0.1, end))

    def _listen(self, selector: selectors.BaseSelector, until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            if not selector.select(left):
                continue
            payload, now = received(self.crowd.listener), time.monotonic()
            for line in payload.split(b"\n"):
                _, mark, number = line.partition(b": %b " % self.mark)
                if mark and number.endswith(b"."):
                    self.heard_at.setdefault(int(number[:-1]), now)

    @property
    def waits(self) -> Sequence[float]:
        """The seconds until each line was heard, sorted; a line that was never heard is not among them."""
        return sorted(at - self.said_at[number] for number, at in self.heard_at.items())

    def figures(self) -> dict[str, float | int | None]:
        """Return the lines, those never heard, and the median and worst wait in ms, or None if nothing was heard."""
        waits = [1000 * wait for wait in self.waits]
        return {
            "lines": len(self.said_at),
            "unheard": len(self.said_at) - len(waits),
            "p50_ms": round(statistics.median(waits), 2) if waits else None,
            "worst_ms": round(waits[-1], 2) if waits else None,
        }
