"""The outgoing side of a replica: this node's inputs until the log has them, or until they are given up.

Inputs wait. They are published together, as an entry, and the entry is in flight until it is read back from the log.
What is not back in time is given up; the entries behind it are then published again, because they name it as the entry
that they must follow.

While an entry is in flight, a few inputs wait for it to come back, so that the next entry is larger. TCP delays small
segments in the same way (RFC 896): each entry costs every node much the same, however small it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from math import inf

import attrs

from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.nats.replication.entries import MAX_ENTRY_INPUTS, LogEntry, can_share, split_off
from udpchat.adapters.nats.replication.origins import Origin
from udpchat.domain.rooms.inputs import Input, Started

MAX_IN_FLIGHT = 4  # entries
PIPELINE_INPUTS = 64  # inputs; while an entry is in flight, fewer wait for it to come back, as small entries cost more
MAX_WAITING = 20_000  # inputs, a second of a busy room; while so many wait, the sockets are not read


@attrs.define(eq=False)
class PublishQueue:
    """The inputs of one process of `node`. Times and durations are seconds, by `timer`.

    `confirmed` is the origin of this process, with the number of its last entry that counted.
    """

    node: str
    codec: Codec
    commit_timeout: float
    timer: Callable[[], float]
    pipeline_inputs: int = PIPELINE_INPUTS
    confirmed: Origin = attrs.field(factory=Origin, init=False)
    _waiting: deque[tuple[float, Sequence[Input]]] = attrs.field(factory=deque, init=False)  # with the time of expiry
    _count_waiting: int = attrs.field(default=0, init=False)  # inputs
    _in_flight: deque[LogEntry] = attrs.field(factory=deque, init=False)
    _must_resend: bool = attrs.field(default=False, init=False)  # everything in flight
    _expired: list[Input] = attrs.field(factory=list, init=False)
    _taken: int = attrs.field(default=0, init=False)  # number of the last entry
    _unanswered_since: float | None = attrs.field(default=None, init=False)
    _steady_since: float = attrs.field(default=0.0, init=False)

    def start(self, origin: Origin) -> None:
        """Publish from now on as this process."""
        self.confirmed, self._steady_since = origin, self.timer()

    @property
    def joined(self) -> bool:
        """Whether an entry of this process has counted."""
        return self.confirmed.number > 0

    @property
    def full(self) -> bool:
        """Whether as many inputs wait as may."""
        return self._count_waiting >= MAX_WAITING

    @property
    def unfinished(self) -> bool:
        """Whether anything is neither committed nor given up."""
        return bool(self._waiting or self._in_flight)

    @property
    def oldest(self) -> LogEntry | None:
        """The oldest entry in flight."""
        return self._in_flight[0] if self._in_flight else None

    def append(self, inputs: Sequence[Input]) -> None:
        """Take inputs, which wait to be published. A start is never given up."""
        expires = inf if inputs and isinstance(inputs[0].line, Started) else self.timer() + self.commit_timeout
        for begin in range(0, len(inputs), MAX_ENTRY_INPUTS):
            self._waiting.append((expires, inputs[begin : begin + MAX_ENTRY_INPUTS]))
        self._count_waiting += len(inputs)

    def outgoing(self, *, new: bool) -> Iterable[bytes]:
        """Yield the entries to publish now; `new` ones too, or only those to publish again."""
        if self._must_resend:
            self._must_resend = False
            yield from (self._encoded(index) for index in range(len(self._in_flight)))
        while new and self._waiting and self._may_publish():
            self._in_flight.append(self._next_entry())
            yield self._encoded(len(self._in_flight) - 1)

    def resend(self) -> None:
        """Publish again everything that is in flight."""
        self._must_resend = True

    def reconnected(self) -> None:
        """Publish again everything that is in flight: the log cannot answer on a connection that is gone."""
        self.resend()
        self._unanswered_since, self._steady_since = None, self.timer()

    def inputs_of(self, number: int) -> Sequence[Input] | None:
        """Return the inputs of the entry with this number, None if it is not in flight."""
        return next((entry.inputs for entry in self._in_flight if entry.number == number), None)

    def confirm(self, origin: Origin) -> None:
        """Record that our entry with this origin counts; it is no longer in flight."""
        self.confirmed = origin
        while self._in_flight and self._in_flight[0].number <= origin.number:
            self._in_flight.popleft()

    def answered(self) -> None:
        """Record that one of our entries came back, whether it counts or not."""
        self._unanswered_since = self._in_flight[0].published if self._in_flight else None

    def silence(self) -> float:
        """Return for how long nothing that was published has come back, given up or not."""
        return 0.0 if self._unanswered_since is None else self.timer() - self._unanswered_since

    def steady(self) -> float:
        """Return for how long everything that was published has come back in time."""
        return self.timer() - self._steady_since

    def expire(self) -> bool:
        """Give up what is not back in time; return whether `expired` has anything."""
        now, given_up = self.timer(), len(self._expired)
        while self._in_flight and self._in_flight[0].expires <= now:
            self._expired += self._in_flight.popleft().inputs
            self.resend()
        while self._waiting and self._waiting[0][0] <= now:
            self._expired += self._take()
        if len(self._expired) > given_up:
            self._steady_since = now
        return bool(self._expired)

    def give_up(self) -> None:
        """Give up everything."""
        for entry in self._in_flight:
            self._expired += entry.inputs
        self._in_flight.clear()
        while self._waiting:
            self._expired += self._take()

    def expired(self) -> Sequence[Input]:
        """Return the inputs that were given up since the last call."""
        expired, self._expired = self._expired, []
        return expired

    def _may_publish(self) -> bool:
        """Return whether one more entry may be in flight. Nothing may follow the first one before that has counted."""
        return not self._in_flight or (
            self.joined and self._count_waiting >= self.pipeline_inputs and len(self._in_flight) < MAX_IN_FLIGHT
        )

    def _take(self) -> Sequence[Input]:
        """Return the inputs that have waited longest; they wait no more."""
        _, inputs = self._waiting.popleft()
        self._count_waiting -= len(inputs)
        return inputs

    def _next_entry(self) -> LogEntry:
        expires = self._waiting[0][0]
        inputs = self._take()
        while self._waiting and can_share(inputs, self._waiting[0][1]):
            inputs = [*inputs, *self._take()]
        inputs, rows, rest = split_off(self.codec, inputs)
        if rest:
            self._waiting.appendleft((expires, rest))
            self._count_waiting += len(rest)
        self._taken += 1
        return LogEntry(self._taken, inputs, rows, expires)

    def _encoded(self, index: int) -> bytes:
        """Return the text of an entry in flight, which must follow the one before it."""
        entry, now = self._in_flight[index], self.timer()
        if self._unanswered_since is None:
            self._unanswered_since = now
        after = self._in_flight[index - 1].number if index else self.confirmed.number
        return entry.encode(self.node, self.confirmed, after, now)
