"""The log that all nodes of a room read, in memory. Entries on their way there are lost, repeated and held back."""

from __future__ import annotations

import heapq
from random import Random

import attrs

from tests.simulation.cluster.observer import Observer
from tests.simulation.seen import Number
from tests.simulation.world import check


@attrs.define(eq=False)
class Log:
    """An ordered log, with documents from which a node can start. `observer` reads each entry at once.

    `loss`, `repetition` and `delay` are chances. `refused` has, for each line that was given up, how many publications
    there were until its sender was notified.
    """

    random: Random
    observer: Observer
    loss: float
    repetition: float
    delay: float
    now: float = 1000.0  # seconds
    down_until: float = 0.0  # time at which the log takes entries again
    entries: list[bytes] = attrs.field(factory=list)
    counted: list[bool] = attrs.field(factory=list)  # of each entry
    ends: list[int] = attrs.field(factory=list)  # of each entry, the inputs that count up to its end
    begin: int = 0  # entries at the beginning that were dropped
    documents: list[tuple[int, bytes]] = attrs.field(factory=list)  # the place of each
    refused: dict[Number, int] = attrs.field(factory=dict)
    published: int = 0
    _in_flight: list[tuple[float, int, bytes]] = attrs.field(factory=list)  # time of arrival, publication, entry

    def publish(self, payload: bytes) -> None:
        """Send an entry to the log."""
        self.published += 1
        random = self.random.random
        if random() < self.loss:
            return
        for _ in range(2 if random() < self.repetition else 1):
            late = random() < self.delay
            wait = self.random.choice((0.1, 0.5, 1.5, 3.0, 8.0)) if late else 0.0
            if not self.up:  # the entry is held, and arrives in any order
                wait += self.down_until - self.now + random()
            heapq.heappush(self._in_flight, (self.now + wait, self.published, payload))

    def land(self) -> None:
        """Append the entries that arrive now."""
        while self.up and self._in_flight and self._in_flight[0][0] <= self.now:
            _, publication, payload = heapq.heappop(self._in_flight)
            before = len(self.observer.facts)
            self.entries.append(payload)
            self.counted.append(self.observer.read(len(self.entries), payload))
            self.ends.append(len(self.observer.facts))
            for fact in self.observer.facts[before:]:
                if fact.line in self.refused:
                    check(publication <= self.refused[fact.line], "refused", fact.line)

    @property
    def up(self) -> bool:
        """Whether the log takes entries."""
        return self.now >= self.down_until

    @property
    def quiet(self) -> bool:
        """Whether no entry is on its way."""
        return not self._in_flight

    def save(self, place: int, document: bytes) -> None:
        """Keep a document, unless it is lost, and the one before it; drop the entries before both."""
        if self.up and self.random.random() >= self.loss and (not self.documents or place > self.documents[-1][0]):
            self.documents = [*self.documents[-1:], (place, document)]
            self.begin = self.documents[0][0]
