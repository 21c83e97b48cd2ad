"""When the datagrams of a batch came, if some of them waited for long.

The process did not run for a while, or it was busy. Only then is the age of each datagram asked for, because that takes
time for each of them.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.datagram import Datagram
from udpchat.domain.ports.carrier import Source


@attrs.define(eq=False)
class Arrivals:
    """The arrival times of the datagrams that were received last, in seconds, by a clock that never jumps.

    `times` are found by the identity of a datagram, because a client may send equal ones; it is empty if none waited
    for long. What waits at a source came after its `latest` time. `late` is how many seconds the last datagram waited.
    """

    times: dict[int, float] = attrs.field(factory=dict, init=False)
    latest: dict[Source, float] = attrs.field(factory=dict, init=False)
    late: float = attrs.field(default=0.0, init=False)

    def of(self, datagram: Datagram, now: float) -> float:
        """Return when a datagram came: now, if its age is not known."""
        return self.times.get(id(datagram), now)

    def look(self, source: Source, received: Iterable[Datagram], now: float) -> None:
        """Ask a source how old these datagrams are. None came before the one that was received before it."""
        latest = self.latest.get(source, 0.0)
        ages = source.ages(now - latest)
        for datagram, age in zip(received, ages, strict=False):
            latest = self.times[id(datagram)] = max(latest, now - age)
        self.latest[source] = latest if ages else now
        self.late = now - self.latest[source]
