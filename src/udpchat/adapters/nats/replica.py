"""The journal of a room that several servers serve, as far as no network comes into it.

Theory of operation. Inputs are published in parcels, on an ordered log that all nodes read to the end. A parcel may be
lost on its way, may come late, and may be published again; so each has an identity: its node, the incarnation of that
node, and a number that grows. It counts if it comes after the last of its node that counted, and if nothing is missing
in between: it names the number that must have counted before it. All nodes read the same log, so they agree on which
parcels count: no input counts twice, and a node's inputs count in the order it took them. What is not back in time is
given up, the parcels behind it are published anew without it, and should it come after them it does not count.

What it can not do: tell whether a parcel that is given up may come all the same. One that the engine holds while it has
no quorum may be in the log as soon as it has one again, before anything newer; then it counts.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from math import inf

import attrs
import orjson

from udpchat.adapters.journal.codec import Codec, Row
from udpchat.adapters.journal.errors import Unreadable
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.adapters.nats.entries import (
    MAX_ENTRY_INPUTS,
    VERSION,
    LogEntry,
    Origin,
    OtherVersion,
    fitting,
    go_together,
    read,
)
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.ports.journal import Recovered
from udpchat.domain.rooms.inputs import Heartbeat, Input, Started

MAX_IN_FLIGHT = 4  # parcels that were published and are not back
WORTH = 64  # inputs for which another parcel is published while one is out: fewer wait, as many small ones cost more
MAX_WAITING = 20_000  # inputs that wait to be published: a second's worth of a busy room; then nothing more is read
MAX_MARKS = 16  # beats for which it is still known who had published what, so that a snapshot can tell
SNAPSHOT_EVERY = 50_000  # inputs: a second or less of a start


class Gap(Exception):  # noqa: N818 - it is no error of ours
    """What comes is not what follows what came before."""


@attrs.define(eq=False)
class Replica:
    """A `Journal` that publishes and reads by way of whoever calls `outgoing` and `arrived`.

    What is not committed within `commit_timeout` seconds is given up. `superseded` says why this node may not go on.
    """

    node: str
    addresses: ClusterAddresses
    commit_timeout: float
    timer: Callable[[], float] = time.monotonic
    process: str = attrs.field(factory=lambda: secrets.token_hex(8))
    codec: Codec = attrs.field(init=False)
    last: int = attrs.field(default=0, init=False)  # place of the last parcel that came
    joined: bool = attrs.field(default=False, init=False)  # our first parcel counted
    superseded: str = attrs.field(default="", init=False)
    snapshot_due: bool = attrs.field(default=False, init=False)  # snapshots are saved at beats, by `document`
    again: bool = attrs.field(default=False, init=False)  # what flies is to be published anew
    origins: dict[str, Origin] = attrs.field(factory=dict, init=False)
    _me: Origin = attrs.field(factory=Origin, init=False)
    _steady_from: float = attrs.field(default=0.0, init=False)  # since when all came back in time
    _asked: float | None = attrs.field(default=None, init=False)  # when the oldest was published that may come back
    _taken: int = attrs.field(default=0, init=False)  # numbers given to parcels
    _since: int = attrs.field(default=0, init=False)  # inputs since the last snapshot
    _marks: dict[int, dict[str, Origin]] = attrs.field(factory=dict, init=False)
    _waiting: deque[tuple[float, Sequence[Input]]] = attrs.field(factory=deque, init=False)
    _count_waiting: int = attrs.field(default=0, init=False)  # inputs that wait
    _in_flight: deque[LogEntry] = attrs.field(factory=deque, init=False)
    _committed: list[Input] = attrs.field(factory=list, init=False)
    _refused: list[Input] = attrs.field(factory=list, init=False)
    _state: Snapshot = attrs.field(factory=Snapshot, init=False)

    def __attrs_post_init__(self) -> None:
        self.codec = Codec(self.addresses)

    @property
    def full(self) -> bool:
        """Whether as much waits as may."""
        return self._count_waiting >= MAX_WAITING

    @property
    def wants_snapshot(self) -> bool:
        """Whether a start would have many inputs to handle."""
        return self._since >= SNAPSHOT_EVERY

    @property
    def unfinished(self) -> bool:
        """Whether anything that was taken is neither committed nor given up."""
        return bool(self._waiting or self._in_flight)

    def begin(self, document: bytes) -> None:
        """Start from a document that another `document` made; raise `Unreadable`."""
        head, _, rest = document.partition(b"\n")
        try:
            version, place, known = orjson.loads(head)
            if version == VERSION:
                place, origins = int(place), {each: Origin(int(i), str(p), int(n)) for each, (i, p, n) in known.items()}
                state = self.codec.state(rest.decode())
        except (ValueError, TypeError, AttributeError) as exc:  # whatever an object holds that is not ours
            raise Unreadable(f"has a snapshot that cannot be read: {exc}") from exc
        if version != VERSION:
            raise Unreadable(f"has a snapshot of version {version}, this udpchat reads version {VERSION}")
        self.last, self.origins, self._state = place, origins, state

    def remembers(self, place: int) -> bool:
        """Say whether the state after the beat at `place` can be saved; if not, enough came since for a later one."""
        return place in self._marks

    def document(self, place: int, state: Snapshot) -> bytes:
        """Return the state after the beat at `place`, with all that a start needs."""
        self._since = 0
        head = [VERSION, place, {node: attrs.astuple(origin) for node, origin in self._marks[place].items()}]
        return b"%b\n%b" % (orjson.dumps(head), self.codec.document(state).encode())

    def recover(self) -> Recovered:
        """Return the state and all inputs that have come since; from here on this is the newest incarnation."""
        self._steady_from = self.timer()
        self._me = Origin(self.origins.get(self.node, Origin()).incarnation + 1, self.process)
        return Recovered(self._state, self.committed())

    def append(self, inputs: Sequence[Input]) -> None:
        """Take inputs, which wait to be published."""
        settled = self.addresses.settled
        for given in inputs:
            given.sender = settled(given.sender)
        expires = inf if inputs and isinstance(inputs[0].line, Started) else self.timer() + self.commit_timeout
        for begin in range(0, len(inputs), MAX_ENTRY_INPUTS):
            self._waiting.append((expires, inputs[begin : begin + MAX_ENTRY_INPUTS]))
        self._count_waiting += len(inputs)

    def committed(self) -> Sequence[Input]:
        """Return the inputs that came and count, since the last call."""
        committed, self._committed = self._committed, []
        return committed

    def expired(self) -> Sequence[Input]:
        """Return the inputs that were given up, since the last call."""
        refused, self._refused = self._refused, []
        return refused

    def save(self, state: Snapshot) -> None:
        """Do nothing: the state is saved at a beat, of which all nodes know the place."""

    def close(self) -> None:
        """Do nothing."""

    def expire(self) -> None:
        """Give up what is not back in time."""
        now, given_up = self.timer(), len(self._refused)
        while self._in_flight and self._in_flight[0].expires <= now:
            self._refused += self._in_flight.popleft().inputs
            self.again = True  # those behind it name it as what must have counted
        while self._waiting and self._waiting[0][0] <= now:
            self._refused += self._take()
        if len(self._refused) > given_up:
            self._steady_from = now

    def steady(self) -> float:
        """Return for how many seconds all that was published has come back in time."""
        return self.timer() - self._steady_from

    def give_up(self) -> None:
        """Give up all that is not committed."""
        for entry in self._in_flight:
            self._refused += entry.inputs
        self._in_flight.clear()
        while self._waiting:
            self._refused += self._take()

    def silence(self) -> float:
        """Return for how many seconds nothing has come back of what was published, be it given up or not."""
        return 0.0 if self._asked is None else self.timer() - self._asked

    def resend(self) -> None:
        """Have all that flies be published anew: what was published before has nobody to come back by."""
        self.again = True
        self._asked = None
        self._steady_from = self.timer()

    def outgoing(self) -> Iterable[bytes]:
        """Yield the parcels to be published now."""
        if self.again:
            self.again = False
            yield from (self._published(place) for place in range(len(self._in_flight)))
        while self._waiting and not self.superseded and self._may_send():
            self._in_flight.append(self._next_entry())
            yield self._published(len(self._in_flight) - 1)

    def _may_send(self) -> bool:
        return not self._in_flight or (
            self.joined and self._count_waiting >= WORTH and len(self._in_flight) < MAX_IN_FLIGHT
        )

    def _take(self) -> Sequence[Input]:
        """Return what has waited longest, which waits no more."""
        _, inputs = self._waiting.popleft()
        self._count_waiting -= len(inputs)
        return inputs

    def _next_entry(self) -> LogEntry:
        """Return the next parcel; a notice of our own has one for itself, so that the state after it has a place."""
        expires = self._waiting[0][0]
        inputs = self._take()
        while self._waiting and go_together(inputs, self._waiting[0][1]):
            inputs = [*inputs, *self._take()]
        inputs, rows, rest = fitting(self.codec, inputs)
        if rest:
            self._waiting.appendleft((expires, rest))
            self._count_waiting += len(rest)
        self._taken += 1
        return LogEntry(self._taken, inputs, rows, expires)

    def _published(self, place: int) -> bytes:
        """Return one of the parcels that fly as it is published."""
        entry, now = self._in_flight[place], self.timer()
        if self._asked is None:
            self._asked = now
        return entry.publish(self.node, self._me, self._in_flight[place - 1].number if place else self._counted(), now)

    def _counted(self) -> int:
        """Return the number of our last parcel that counted."""
        return self.origins[self.node].number if self.joined else 0

    def arrived(self, place: int, payload: bytes) -> None:
        """Take a parcel that came from the log; raise `Gap` if one is missing before it, `Unreadable`."""
        if place <= self.last or self.superseded:  # what comes then is for another to tell
            return
        if place != self.last + 1:
            raise Gap(f"parcel {place} came after {self.last}")
        self.last = place
        if (
            self._in_flight and payload == self._in_flight[0].payload
        ):  # as nearly all of ours do, which spares reading it
            mine = self._in_flight[0]
            origin = Origin(self._me.incarnation, self.process, mine.number)
            if self.joined and self._counts(self.node, origin, mine.after, first=False):
                self.origins[self.node] = origin
                self._commit(place, self._in_flight.popleft().inputs)
                self._came_back()
                return
        try:
            node, origin, after, rows = read(place, payload)
        except OtherVersion as exc:
            self.superseded = f"the room is of protocol version {exc}, this udpchat speaks version {VERSION}"
        else:
            self._judge(place, node, origin, after, rows)

    def _judge(self, place: int, node: str, origin: Origin, after: int, rows: Sequence[Row]) -> None:
        """Commit the inputs of a parcel if it counts."""
        mine = (node, origin.process) == (self.node, self.process)
        if self._counts(node, origin, after, first=after == 0):
            self._count(place, node, origin, rows, mine=mine)
        elif mine and not self.joined:
            self.superseded = f"the node {self.node} was started elsewhere at the same time"
        elif mine and after > self._counted():  # something before it was lost
            self.again = True
        if mine:
            self._came_back()

    def _came_back(self) -> None:
        self._asked = self._in_flight[0].published if self._in_flight else None

    def _counts(self, node: str, origin: Origin, after: int, *, first: bool) -> bool:
        known = self.origins.get(node, Origin())
        if first and origin.incarnation > known.incarnation:
            return True
        same = (known.incarnation, known.process) == (origin.incarnation, origin.process)
        return same and after <= known.number < origin.number

    def _count(self, place: int, node: str, origin: Origin, rows: Sequence[Row], *, mine: bool) -> None:
        """Have a parcel count."""
        inputs: Sequence[Input] = ()
        if not mine or not self._in_flight or self._in_flight[0].number > origin.number:
            inputs = list(map(self.codec.input, rows))  # before anything is noted, as they may be unreadable
        self.origins[node] = origin
        if mine:
            self.joined = True
            while self._in_flight and self._in_flight[0].number <= origin.number:
                inputs = self._in_flight.popleft().inputs
        elif node == self.node and self.joined:
            self.superseded = f"the node {self.node} was started again elsewhere"
        self._commit(place, inputs)

    def _commit(self, place: int, inputs: Sequence[Input]) -> None:
        self._since += len(inputs)
        self._committed += inputs
        match inputs[-1].line:
            case Heartbeat() as beat:
                self._committed[-1] = attrs.evolve(inputs[-1], line=attrs.evolve(beat, place=place))
                self._marks[place] = dict(self.origins)
                if len(self._marks) > MAX_MARKS:
                    del self._marks[next(iter(self._marks))]
            case Started(takes_over=gone) if gone:
                by = self.addresses.node(inputs[-1].sender)
                self.origins[gone] = Origin(self.origins.get(gone, Origin()).incarnation)
                if gone == self.node and self.joined:
                    self.superseded = f"the node {gone} was taken over by {by}"
