"""One process of one node, step by step."""

from __future__ import annotations

from random import Random

import attrs

from tests.simulation.cluster.log import Log
from tests.simulation.cluster.parts import PATIENCE, WALL, Parts
from tests.simulation.world import Crash, check
from udpchat.adapters.nats.replication.replica import Gap
from udpchat.app.hub.hub import TICK
from udpchat.domain.cluster.failure_detector import HEARTBEATS_PER_LEASE

MAX_SILENCE = 1.0  # seconds without an answer, after which the connection is replaced


@attrs.define(eq=False)
class Process:
    """A server of one node, from a start to an end."""

    parts: Parts
    slow: float  # chance that nothing is read from the log in a step
    linked: bool = attrs.field(default=True, init=False)  # to the log
    beating: bool = attrs.field(default=True, init=False)
    moment: str = attrs.field(default="", init=False)  # at which the process ends, the next time
    _log: Log = attrs.field(init=False)
    _random: Random = attrs.field(init=False)
    _next_heartbeat: float = attrs.field(default=0.0, init=False)
    _next_tick: float = attrs.field(default=0.0, init=False)
    _leaves: float | None = attrs.field(default=None, init=False)  # when what is not committed by then is given up
    _said_goodbye: bool = attrs.field(default=False, init=False)  # by a last heartbeat

    def __attrs_post_init__(self) -> None:
        self._log, self._random = self.parts.log, self.parts.random

    @property
    def name(self) -> str:
        """The name of the node."""
        return self.parts.name

    @property
    def identity(self) -> str:
        """The name of the process."""
        return self.parts.replica.process

    def step(self) -> None:
        """Do what is due; raise `Crash` at the end of the process."""
        log, parts = self._log, self.parts
        wire, hub, replica = parts.wire, parts.hub, parts.replica
        if self._leaves is None:
            while wire.inbox or wire.returned or hub.unfinished:
                hub.turn(wire)
        self._burn("before a publication")
        if self.linked:
            for payload in replica.outgoing():
                log.publish(payload)
        self._burn("after a publication")
        log.land()
        if self.linked and self._random.random() >= self.slow:
            self._read()
        self._burn("before a send")
        if replica.superseded:
            self._end("superseded")
        parts.advance()
        replica.expire()
        if replica.queue.silence() > MAX_SILENCE and self.linked:
            self.connect()
        if self.beating and log.now >= self._next_heartbeat and self._leaves is None:
            self._next_heartbeat = log.now + parts.lease / HEARTBEATS_PER_LEASE
            parts.send_heartbeat()
        self._tick()
        parts.advance()
        self._go_on_leaving()

    def _tick(self) -> None:
        """Do what the hub does from time to time."""
        if self._log.now >= self._next_tick:
            self._next_tick = self._log.now + TICK
            self.parts.hub.tick()
        if self.parts.hub.pacing:
            self.parts.hub.pace()

    def connect(self) -> None:
        """Replace the connection; what is in flight is published again."""
        self.linked = True
        if self._log.begin > self.parts.replica.last:
            self._end("stale")
        self.parts.replica.queue.resend()

    def leave(self) -> None:
        """Begin to end in order."""
        self._leaves = self._log.now + PATIENCE
        self.parts.hub.stop()

    def _go_on_leaving(self) -> None:
        log, unfinished = self._log, self.parts.replica.queue.unfinished
        if self._leaves is None or (unfinished and log.now < self._leaves):
            return
        if self._said_goodbye:
            self._end("in order")
        self._said_goodbye, self._leaves = True, log.now + PATIENCE
        log.observer.early.add(WALL + log.now)
        self.parts.send_heartbeat()

    def _end(self, reason: str) -> None:
        """End as `ClusterStorage.finish` does."""
        parts = self.parts
        parts.hub.stop()
        parts.replica.queue.give_up()
        parts.hub.stop()
        parts.check()
        check(not parts.ledger.open, "lost", self.name, *parts.ledger.open)
        raise Crash(reason)

    def _burn(self, moment: str) -> None:
        if self.moment == moment:
            raise Crash(moment)

    def _read(self) -> None:
        """Read some entries of the log, perhaps an old one again, perhaps one after a gap."""
        random, log, replica = self._random, self._log, self.parts.replica
        if random.random() < 0.05 and replica.last > log.begin:
            self.parts.read(random.randrange(log.begin, replica.last + 1) or 1)
        if random.random() < 0.05 and replica.last + 2 <= len(log.entries):
            try:
                self.parts.read(replica.last + 2)
            except Gap:
                self.connect()
            else:
                check(False, "gap", self.name)  # noqa: FBT003 - it never holds
        for _ in range(random.choice((1, 3, 1000))):
            if replica.last >= len(log.entries):
                break
            if replica.last < log.begin:
                self._end("stale")
            self.parts.read(replica.last + 1)
