"""The parts of one process of a node, put together as in production, around a log and a network in memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import repeat
from random import Random

import attrs

from tests.room import CHALLENGE, NAMES, UNLIMITED
from tests.simulation.cluster.ledger import Ledger
from tests.simulation.cluster.log import Log
from tests.simulation.cluster.observer import PeerCodec
from tests.simulation.cluster.watched import WatchedChat, WatchedHub, WatchedReplica, Wire
from tests.simulation.seen import Number
from tests.simulation.world import check
from udpchat.adapters.memory.network import MemoryAddress, MemoryCarrier
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.adapters.nats.replication.checkpoints import MAX_CHECKPOINTS
from udpchat.adapters.nats.replication.publish_queue import MAX_IN_FLIGHT, MAX_WAITING, PIPELINE_INPUTS
from udpchat.app.hub.hub import Hub
from udpchat.app.server.cluster_monitor import MAX_DIGESTS, ClusterMonitor
from udpchat.domain.admission.gate import Admission
from udpchat.domain.drop_reason import DropCounts, DropReason
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.rooms.inputs import Reloaded, Rules
from udpchat.domain.rooms.state import ChatState

HERE = MemoryAddress("10.255.0.1", 12000)
PATIENCE = 2.0  # seconds
SNAPSHOT_EVERY = 30  # inputs
WALL = 1.7e9  # seconds from 1970 to when the timer began


@attrs.define(eq=False)
class Parts:
    """The parts of a process, which begins to serve as soon as they are made.

    `dead` returns whether no program is at a `HOST:PORT`, and `programs` is the node's end of the network to those that
    read objects. An `eager` process publishes each entry at once. All
    processes share `received` and `served` (`Ledger`).
    """

    name: str
    log: Log
    random: Random
    rules: Rules
    lease: float
    takes_over: str
    dead: Callable[[str], bool]
    programs: MemoryCarrier
    received: dict[tuple[str, str], set[Number]]
    served: dict[str, int]
    eager: bool
    ledger: Ledger = attrs.field(init=False)
    replica: WatchedReplica = attrs.field(init=False)
    wire: Wire = attrs.field(init=False)
    hub: Hub = attrs.field(init=False)
    monitor: ClusterMonitor = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        log, addresses = self.log, ClusterAddresses(self.name, PeerCodec())
        identity = f"{self.random.getrandbits(64):016x}"
        self.ledger = Ledger(log, addresses, identity, self.received, self.served)
        self.wire = Wire(self.ledger, self.dead, self.programs)
        self.replica = WatchedReplica(
            self.name,
            addresses,
            PATIENCE,
            lambda: log.now,
            identity,
            pipeline_inputs=1 if self.eager else PIPELINE_INPUTS,
            snapshot_every=SNAPSHOT_EVERY,
            ledger=self.ledger,
        )
        self.hub = WatchedHub(
            chat=WatchedChat(ChatState(NAMES, directory=addresses), replica=self.replica),
            carriers=[self.wire],
            admission=Admission(UNLIMITED, CHALLENGE, DropCounts()),
            journal=self.replica,
            clock=lambda: WALL + log.now,
            timer=lambda: log.now,
            entropy=map(self.random.getrandbits, repeat(64)),
            max_datagram=1400,
            max_line=8000,
        )
        self._start()
        self.monitor = ClusterMonitor(
            self.hub.chat,
            identity=addresses.identity,
            steady=self.replica.queue.steady,
            snapshot_due=lambda: self.replica.checkpoints.due,
            erasing=lambda: self.replica.erasure is not None,
            save=self._save,
            differs=partial(check, False, "differs"),  # noqa: FBT003 - it never holds
            lease=self.lease,
        )
        self.hub.observer = self.monitor

    def _start(self) -> None:
        """Read the log, from the last document on, and begin to serve."""
        log = self.log
        place, document = log.documents[-1] if log.documents else (0, b"")
        if document:
            self.replica.begin(document)
        self.ledger.handled = log.ends[place - 1] if place else 0
        for each in range(place, len(log.entries)):
            self.read(each + 1)
        self.hub.start(HERE, self.rules, self.takes_over)
        self.ledger.live = True

    def _save(self, place: int, state: Snapshot) -> None:
        if place in self.replica.checkpoints:
            self.log.save(place, self.replica.checkpoints.document(place, state))

    def read(self, place: int) -> None:
        """Read an entry of the log."""
        self.replica.arrived(place, self.log.entries[place - 1])

    def advance(self) -> None:
        """Handle everything that is committed."""
        self.hub.advance()
        while self.hub.unfinished:
            self.hub.advance()

    def send_heartbeat(self) -> None:
        """Send a heartbeat."""
        self.hub.tell(HERE, self.monitor.heartbeat())

    def reload(self) -> None:
        """Change the rules."""
        rules = attrs.evolve(self.rules, history_keep=10, history_bytes=1000, motd="be kind", show_addresses="no")
        self.hub.tell(HERE, Reloaded(rules))

    def check(self) -> None:
        """Check what must hold after each step."""
        replica, hub = self.replica, self.hub
        check(not hub.bugs.counts and not hub.admission.drops[DropReason.BUG], "bugs", hub.bugs.counts)
        self.ledger.check(unfinished=replica.queue.unfinished)
        sessions, is_here = hub.chat.state.sessions, self.replica.addresses.is_here
        here = filter(is_here, sessions.by_address.keys() - sessions.lost.keys())
        self.ledger.records.check(set(map(str, here)))
        check(len(replica.queue._waiting) < 2 * MAX_WAITING, "tables", "waiting")  # noqa: SLF001 - the tables themselves
        check(len(replica.queue._in_flight) <= MAX_IN_FLIGHT, "tables", "in flight")  # noqa: SLF001
        check(len(replica.checkpoints) <= MAX_CHECKPOINTS, "tables", "checkpoints")
        check(len(self.monitor.digests) <= MAX_DIGESTS, "tables", "digests")
        keys = [key for member in hub.chat.state.roster for key in member.keys]
        check(len(keys) == len(set(keys)), "names", keys)
        if replica.superseded:
            serving = self.log.observer.serving.get(self.name)
            check(serving != replica.process, "zombie", self.name, replica.superseded)
