"""One process of one node: the parts of production around a log and a network in memory, each step looked at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from random import Random

import attrs

from tests.room import CHALLENGE, NAMES, UNLIMITED
from tests.simulation.log import Line, Log, Spellings, numbered
from tests.simulation.watched import WatchedChat, WatchedHub, WatchedReplica, Wire
from tests.simulation.world import Crash, check
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.adapters.nats.replica import MAX_IN_FLIGHT, MAX_MARKS, MAX_WAITING, Gap
from udpchat.app.hub.hub import TICK, Hub
from udpchat.app.server.cluster_monitor import MAX_DIGESTS, ClusterMonitor
from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.cluster.failure_detector import HEARTBEATS_PER_LEASE
from udpchat.domain.drop_reason import DropCounts, DropReason
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.rooms.inputs import Rules
from udpchat.domain.rooms.state import ChatState

PATIENCE = 2.0  # seconds
MAX_SILENCE = 1.0  # seconds without an answer, after which the connection is made anew
MOST_SENDS = 20  # after which one may fail
LIVE = re.compile(r"[^\[ ]+: #([0-9]+)\.([0-9]+)$")
UNSENT = "error - the room is unreachable, your line was not sent"
DISCONNECTED = "you have been disconnected."
WALL = 1.7e9  # seconds from when the timer began to 1970


@attrs.define(eq=False)
class Process:
    """A server of one node, from a start to an end.

    `got` has which lines were sent to each client of each node, whatever process did, `served` which input was the last
    with which a process of each node began that came to handle it itself.
    """

    name: str
    log: Log
    random: Random
    rules: Rules
    lease: float
    takes_over: str
    dead: Callable[[str], bool]  # whether nobody is at `HOST:PORT`
    got: dict[tuple[str, str], set[Line]]
    served: dict[str, int]
    slow: float  # chance of nothing coming from the log in a step
    eager: bool  # to publish
    linked: bool = True  # to the log
    beating: bool = True
    moment: str = ""  # at which it ends, when it comes to it
    live: bool = attrs.field(default=False, init=False)  # what is handled is also sent
    handled: int = attrs.field(default=0, init=False)  # inputs that count
    open: dict[Line, None] = attrs.field(factory=dict, init=False)  # taken, and neither committed nor refused
    owed: list[tuple[int, Line]] = attrs.field(factory=list, init=False)
    to_tell: Counter[str] = attrs.field(factory=Counter, init=False)  # lines given up, by whose they were
    to_part: list[str] = attrs.field(factory=list, init=False)  # who left because this node was taken for gone
    copies: dict[Line, Counter[str]] = attrs.field(factory=dict, init=False)
    identity: str = attrs.field(init=False)
    addresses: ClusterAddresses = attrs.field(init=False)
    replica: WatchedReplica = attrs.field(init=False)
    wire: Wire = attrs.field(init=False)
    hub: Hub = attrs.field(init=False)
    witness: ClusterMonitor = attrs.field(init=False)
    _next_beat: float = attrs.field(default=0.0, init=False)
    _next_tick: float = attrs.field(default=0.0, init=False)
    _leaves: float | None = attrs.field(default=None, init=False)  # when what is not committed by then is given up
    _beat_last: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        log, here = self.log, MemoryAddress("10.255.0.1", 12000)
        self.addresses, self.wire = ClusterAddresses(self.name, Spellings()), Wire(self)
        self.identity = f"{self.random.getrandbits(64):016x}"
        self.replica = WatchedReplica(self.name, self.addresses, PATIENCE, lambda: log.now, self.identity)
        self.replica.process_of = self
        chat = WatchedChat(ChatState(NAMES, directory=self.addresses))
        chat.process_of = self
        self.hub = WatchedHub(
            chat=chat,
            carrier=self.wire,
            admission=Admission(UNLIMITED, CHALLENGE, DropCounts()),
            journal=self.replica,
            clock=lambda: WALL + log.now,
            timer=lambda: log.now,
            entropy=partial(self.random.getrandbits, 64),
            max_datagram=1400,
            max_line=8000,
        )
        place, document = log.documents[-1] if log.documents else (0, b"")
        if document:
            self.replica.begin(document)
        self.handled = log.ends[place - 1] if place else 0
        for each in range(place, len(log.entries)):
            self._arrive(each + 1)
        self.hub.start(here, self.rules, self.takes_over)
        self.live = True
        self.witness = ClusterMonitor(
            self.hub,
            here,
            self.addresses.identity,
            lambda: self.replica.wants_snapshot,
            self._save,
            partial(check, False, "differs"),  # noqa: FBT003 - it never holds
            self.replica.steady,
            self.lease,
        )

    def _save(self, place: int, state: Snapshot) -> None:
        if self.replica.remembers(place):
            self.log.save(place, self.replica.document(place, state))

    def step(self) -> None:
        """Do what is due; raise `Crash` at the end of the process."""
        wire, log, hub = self.wire, self.log, self.hub
        if self._leaves is None:
            while wire.inbox or wire.returned or hub.unfinished:
                hub.turn(wire)
        self._burn("before a publication")
        if self.linked:
            for payload in self.replica.outgoing():
                log.publish(payload)
        self._burn("after a publication")
        log.land()
        if self.linked and self.random.random() >= self.slow:
            self._read()
        self._burn("before a send")
        if self.replica.superseded:
            self._end("superseded")
        self._advance()
        self.replica.expire()
        if self.replica.silence() > MAX_SILENCE and self.linked:
            self.connect()
        if self.beating and log.now >= self._next_beat and self._leaves is None:
            self._next_beat = log.now + self.lease / HEARTBEATS_PER_LEASE
            self.witness.beat()
        if log.now >= self._next_tick:
            self._next_tick = log.now + TICK
            hub.tick()
        self._advance()
        self._go_on_leaving()

    def connect(self) -> None:
        """Have another connection, on which what is out goes out anew."""
        self.linked = True
        if self.log.begin > self.replica.last:
            self._end("stale")
        self.replica.again = True

    def leave(self) -> None:
        """Begin to end in order."""
        self._leaves = self.log.now + PATIENCE
        self.hub.stop()

    def _go_on_leaving(self) -> None:
        if self._leaves is None or (self.replica.unfinished and self.log.now < self._leaves):
            return
        if self._beat_last:
            self._end("in order")
        self._beat_last, self._leaves = True, self.log.now + PATIENCE
        self.log.observer.early.add(WALL + self.log.now)
        self.witness.beat()

    def _end(self, reason: str) -> None:
        """End as `ClusterStorage.finish` has it."""
        self.hub.stop()
        self.replica.give_up()
        self.hub.stop()
        self.look()
        check(not self.open, "lost", self.name, *self.open)
        raise Crash(reason)

    def _advance(self) -> None:
        self.hub.advance()
        while self.hub.unfinished:
            self.hub.advance()

    def _burn(self, moment: str) -> None:
        if self.moment == moment:
            raise Crash(moment)

    def _read(self) -> None:
        """Take from the log what comes now: some of it, perhaps something again, perhaps with a gap."""
        random, log = self.random, self.log
        if random.random() < 0.05 and self.replica.last > log.begin:
            self._arrive(random.randrange(log.begin, self.replica.last + 1) or 1)
        if random.random() < 0.05 and self.replica.last + 2 <= len(log.entries):
            try:
                self._arrive(self.replica.last + 2)
            except Gap:
                self.connect()
            else:
                check(False, "gap", self.name)  # noqa: FBT003 - it never holds
        for _ in range(random.choice((1, 3, 1000))):
            if self.replica.last >= len(log.entries):
                break
            if self.replica.last < log.begin:
                self._end("stale")
            self._arrive(self.replica.last + 1)

    def _arrive(self, place: int) -> None:
        replica, log = self.replica, self.log
        before = len(replica._committed)  # noqa: SLF001 - to know whether it counts
        due = log.counted[place - 1] and place > replica.last and not replica.superseded
        replica.arrived(place, log.entries[place - 1])
        counts = len(replica._committed) > before  # noqa: SLF001
        check(counts == due, "agree", self.name, place)
        if counts:
            for given in replica._committed[before:]:  # noqa: SLF001
                self.open.pop(numbered(given) or (0, 0), None)

    def sent(self, payload: bytes, address: Address) -> None:
        """Check a datagram that is sent."""
        observer, where = self.log.observer, str(address)
        for text in payload.decode().removesuffix("\n").split("\n"):
            if text == UNSENT:
                self.to_tell[where] -= 1
            if text == DISCONNECTED and where in self.to_part:
                self.to_part.remove(where)
            if not (match := LIVE.match(text)):
                continue
            line = int(match[1]), int(match[2])
            index = observer.lines.get(line)
            check(index is not None and index < self.handled, "committed", line, self.name)
            check((index or 0) < observer.over.get(self.identity, self.handled), "zombie", line, self.name)
            copies = self.copies.setdefault(line, Counter())
            copies[where] += 1
            check(copies[where] == 1, "once", line, self.name, where)
            self.got.setdefault((self.name, where), set()).add(line)

    def look_at_missed(self, index: int) -> None:
        """Check that what a client was not sent before this start of its node, it can ask for."""
        observer, history = self.log.observer, self.hub.chat.state.history
        kept = {said.text for said in history.messages}
        for where, homes in observer.starts[index].items():
            missed = set[str]()
            for each in range(homes[0][0], index):
                home = next(node for since, node in reversed(homes) if since <= each)
                told = self.served.get(home, 0) >= each or any(self.served.get(n, 0) >= at > each for at, n in homes)
                fact = observer.facts[each]
                if fact.line and not told and fact.line not in self.got.get((home, where), ()):
                    missed.add(str(fact.given.line))
            shown = {said.text for said in history.missed_by(self.addresses.decode(f"{self.name} 0 {where}"))}
            check(missed & kept <= shown, "missed", self.name, where, *sorted(missed & kept - shown))
        self.served[self.name] = max(index, self.served.get(self.name, 0))

    def look(self) -> None:
        """Check what must hold after a step."""
        replica, observer, chat = self.replica, self.log.observer, self.hub.chat
        check(not self.hub.bugs.counts and not self.hub.admission.drops[DropReason.BUG], "bugs", self.hub.bugs.counts)
        for index, line in self.owed:
            hearers, copies = observer.facts[index].hearers.get(self.name, set()), self.copies.get(line, Counter())
            check(hearers <= copies.keys(), "all", line, self.name, *sorted(hearers - copies.keys()))
            check(copies.keys() <= hearers, "outsider", line, self.name, *sorted(copies.keys() - hearers))
        self.owed.clear()
        check(not any(self.to_tell.values()), "told", self.name, self.to_tell)
        check(not self.to_part, "parted", self.name, *self.to_part)
        check(replica.unfinished or not self.open, "lost", self.name, *self.open)
        check(len(replica._waiting) < 2 * MAX_WAITING, "tables", "waiting")  # noqa: SLF001 - the tables themselves
        check(len(replica._in_flight) <= MAX_IN_FLIGHT, "tables", "flying")  # noqa: SLF001
        check(len(replica._marks) <= MAX_MARKS, "tables", "marks")  # noqa: SLF001
        check(len(self.witness.digests) <= MAX_DIGESTS, "tables", "digests")
        keys = [key for member in chat.state.roster for key in member.keys]
        check(len(keys) == len(set(keys)), "names", keys)
        if replica.superseded:
            check(observer.serving.get(self.name) != self.identity, "zombie", self.name, replica.superseded)
