"""The replica of a room's log that one node holds, without a network: the core of the journal of a cluster.

Theory of operation. All nodes publish their inputs on one ordered log, and each reads the log to its end. What is read
back is committed. Inputs are published together, as entries.

On its way to the log an entry may be lost, may be late, and may arrive twice. So each entry carries its node, the
incarnation of the node, and a number that grows by one; and it names the number of the entry that it must follow.
`origins` has the rule by which an entry counts: it comes after the last entry of its node that counted, and none is
missing in between. All nodes apply the rule to the same log, so they agree on the entries that count. No input counts
twice, and the inputs of a node count in the order in which the node took them.

A node gives up an entry that is not back in time. It publishes the entries behind it again, with a new number to
follow. If the entry that was given up reaches the log after them, it does not count.

Limit: an entry that was given up may still count. A NATS server that has lost its quorum may hold the entry, and put it
into the log when the quorum is back, before anything newer.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Sequence

import attrs

from udpchat.adapters.journal.codec import Codec, Row
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.adapters.nats.replication.checkpoints import SNAPSHOT_EVERY, Checkpoints, read_document
from udpchat.adapters.nats.replication.entries import VERSION, OtherVersion, decode
from udpchat.adapters.nats.replication.origins import Origin, Origins
from udpchat.adapters.nats.replication.publish_queue import PIPELINE_INPUTS, PublishQueue
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.ports.journal import Recovered
from udpchat.domain.rooms.inputs import Heartbeat, Input, Started


class Gap(Exception):  # noqa: N818 - a finding, not an error of ours
    """The entry that was read is not the next one of the log."""


@attrs.frozen(eq=False)
class Erasure:
    """Something was taken back, by the entry at place `by` of the log or one before it."""

    by: int


@attrs.define(eq=False)
class Replica:
    """A `Journal` without a network: the caller publishes `outgoing`, and passes what it reads to `arrived`.

    Inputs that are not committed within `commit_timeout` seconds are given up, by a call of `expire`. `superseded` is
    the reason why this node must not go on, if there is one. `erasure` is there if something was taken back, until a
    snapshot has replaced all that was before.
    """

    node: str
    addresses: ClusterAddresses
    commit_timeout: float
    timer: Callable[[], float] = time.monotonic
    process: str = attrs.field(factory=lambda: secrets.token_hex(8))
    pipeline_inputs: int = PIPELINE_INPUTS
    snapshot_every: int = SNAPSHOT_EVERY
    queue: PublishQueue = attrs.field(init=False)
    checkpoints: Checkpoints = attrs.field(init=False)
    origins: Origins = attrs.field(factory=Origins, init=False)
    last: int = attrs.field(default=0, init=False)  # place of the last entry that was read
    superseded: str = attrs.field(default="", init=False)
    erasure: Erasure | None = attrs.field(default=None, init=False)
    snapshot_due: bool = attrs.field(
        default=False, init=False
    )  # as snapshots are saved after heartbeats, by `document`
    _codec: Codec = attrs.field(init=False)
    _state: Snapshot = attrs.field(factory=Snapshot, init=False)
    _committed: list[Input] = attrs.field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self._codec = Codec(self.addresses)
        self.queue = PublishQueue(self.node, self._codec, self.commit_timeout, self.timer, self.pipeline_inputs)
        self.checkpoints = Checkpoints(self._codec, self.snapshot_every)

    @property
    def full(self) -> bool:
        """Whether as many inputs wait as may."""
        return self.queue.full

    def begin(self, document: bytes) -> None:
        """Start from a document of `Checkpoints`, whatever was read before; raise `Unreadable`."""
        self.last, self.origins, self._state = read_document(self._codec, document)
        self.checkpoints = Checkpoints(self._codec, self.snapshot_every)
        self._committed, self.erasure = [], None

    def recover(self) -> Recovered:
        """Return the state, and all inputs since. From now on this is the newest incarnation of the node."""
        self.queue.start(Origin(self.origins.of(self.node).incarnation + 1, self.process))
        return Recovered(self._state, self.committed())

    def append(self, inputs: Sequence[Input]) -> None:
        """Take inputs, which wait to be published."""
        settled = self.addresses.settled
        for given in inputs:
            given.sender = settled(given.sender)
        self.queue.append(inputs)

    def outgoing(self) -> Iterable[bytes]:
        """Yield the entries to publish now."""
        return self.queue.outgoing(new=not self.superseded)

    def expire(self) -> bool:
        """Give up what is not back in time; return whether `expired` has anything."""
        return self.queue.expire()

    def committed(self) -> Sequence[Input]:
        """Return the inputs that were read and count, since the last call."""
        committed, self._committed = self._committed, []
        return committed

    def expired(self) -> Sequence[Input]:
        """Return the inputs that were given up since the last call."""
        return self.queue.expired()

    def tick(self) -> None:
        """Do nothing: heartbeats keep the time."""

    def forget(self) -> None:
        """Note that all that was read so far must go, once there is a snapshot of what came of it."""
        self.erasure = Erasure(self.last)

    def erased(self, erasure: Erasure | None) -> None:
        """Take note that this was done. If something else was taken back meanwhile, that is still to be done."""
        if self.erasure is erasure:
            self.erasure = None

    def save(self, state: Snapshot) -> None:
        """Do nothing: the state is saved after a heartbeat, whose place all nodes know."""

    def close(self) -> None:
        """Do nothing."""

    def arrived(self, place: int, payload: bytes) -> None:
        """Take an entry that was read from the log; raise `Gap` if it is not the next one, and `Unreadable`."""
        if place <= self.last or self.superseded:  # the clients of a superseded node belong to its successor
            return
        if place != self.last + 1:
            raise Gap(f"entry {place} came after {self.last}")
        self.last = place
        if self._arrived_unchanged(place, payload):
            return
        try:
            node, origin, after, rows = decode(place, payload)
        except OtherVersion as exc:
            self.superseded = f"the room uses protocol version {exc}, this udpchat uses version {VERSION}"
        else:
            self._judge(place, node, origin, after, rows)

    def _arrived_unchanged(self, place: int, payload: bytes) -> bool:
        """Commit our oldest entry in flight if it came back as it was published, which spares decoding it."""
        entry = self.queue.oldest
        if entry is None or payload != entry.payload or not self.queue.joined:
            return False
        origin = Origin(self.queue.confirmed.incarnation, self.process, entry.number)
        if not self.origins.counts(self.node, origin, entry.after):
            return False
        self._commit(place, self.node, origin, entry.inputs)
        self.queue.confirm(origin)
        self.queue.answered()
        return True

    def _judge(self, place: int, node: str, origin: Origin, after: int, rows: Sequence[Row]) -> None:
        """Commit the inputs of an entry if it counts."""
        ours = (node, origin.process) == (self.node, self.process)
        if self.origins.counts(node, origin, after):
            inputs = self.queue.inputs_of(origin.number) if ours else None
            self._commit(place, node, origin, inputs or list(map(self._codec.input, rows)))
            if ours:
                self.queue.confirm(origin)
            elif node == self.node and self.queue.joined:
                self.superseded = f"the node {self.node} was started again elsewhere"
        elif ours and not self.queue.joined:
            self.superseded = f"the node {self.node} was started elsewhere at the same time"
        elif ours and after > self.queue.confirmed.number:  # an entry before it was lost
            self.queue.resend()
        if ours:
            self.queue.answered()

    def _commit(self, place: int, node: str, origin: Origin, inputs: Sequence[Input]) -> None:
        self.origins.count(node, origin)
        self.checkpoints.count(len(inputs))
        self._committed += inputs
        match inputs[-1].line:
            case Heartbeat() as heartbeat:
                self._committed[-1] = attrs.evolve(inputs[-1], line=attrs.evolve(heartbeat, place=place))
                self.checkpoints.add(place, self.origins)
            case Started(takes_over=gone) if gone:
                by = self.addresses.node(inputs[-1].sender)
                self.origins.take_over(gone)
                if gone == self.node and self.queue.joined:
                    self.superseded = f"the node {gone} was taken over by {by}"
