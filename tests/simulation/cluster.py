"""One seed of a room on several servers: nodes on one log, clients of each, and everything that can happen to them.

What must hold, each with the name that a failure shows:

    same        each node handles what counts in the order of the log, each input once, and nothing else
    agree       all nodes count the same parcels
    states      at the same place all nodes are in the same state, drawn places and the last one
    differs     no node finds that another's state differs from its own
    twice       no line counts twice
    order       the lines of each count in the order they were said
    zombie      of a process that another has replaced no parcel counts; it notices, and sends nothing newer
    committed   nothing is sent that does not count, or before it was handled
    home        a node writes to its own clients alone
    once        no process sends a line to the same client twice
    all         a process that runs sends each line to all clients of its node who are in the room
    outsider    and to nobody else
    missed      what was not sent to a client because a process ended, is in its /missed when the next one begins
    refused     what was given up counts only if it had been published before that
    told        the sender of what was given up is told, once for each line
    parted      who left because its node was taken for gone is told, as soon as the node is back
    lost        what was taken is committed or given up, or its process ended without a word
    lease       a node is gone only when another one beat for the whole of its lease without a beat of it in between
    ghosts      nobody is in the room as the client of a node that cannot be found gone any more
    names       no two members have names that count as one
    tables      what waits, flies and is remembered is bounded
    gap         a parcel that is not the next is not taken
    bugs        nothing fails
    end         when all is well again, all nodes come to the end of the log, with nothing left to publish
"""

from __future__ import annotations

from random import Random

import attrs

from tests.simulation.log import Log, Observer
from tests.simulation.node import Process
from tests.simulation.replay import replayable
from tests.simulation.trouble import Nodes
from tests.simulation.world import Crash, check
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.machine.snapshot import digest, snapshot
from udpchat.domain.rooms.inputs import Rules

STEPS = 150
MOST_ACTIONS = 12  # of clients in one step
PAUSES = (0.0, 0.02, 0.1, 0.5, 1.0)  # seconds from one step to the next
CALM = 80  # steps at the end, of a quarter of a second, in which nothing happens any more


@attrs.define(eq=False)
class Cluster:
    """The nodes, the log between them, and their clients. `trouble` is the chance of some in each step."""

    random: Random
    log: Log
    rules: Rules
    lease: float
    trouble: float
    nodes: Nodes = attrs.field(init=False)
    _got: dict[tuple[str, str], set[tuple[int, int]]] = attrs.field(factory=dict, init=False)
    _served: dict[str, int] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.nodes = Nodes(self.random, self.log, self._process)

    def _process(self, name: str, takes_over: str) -> Process:
        return Process(
            name,
            self.log,
            self.random,
            self.rules,
            self.lease,
            takes_over,
            self.nodes.crowd.is_dead,
            self._got,
            self._served,
            slow=self.random.choice((0.0, 0.3, 0.8)),
            eager=self.random.random() < 0.5,
        )

    def step(self, pause: float) -> None:
        """Let so many seconds pass, have each process do what is due, in any order, and look at it."""
        nodes = self.nodes
        nodes.step += 1
        self.log.now += pause
        running = [*nodes.serving.values(), *nodes.old]
        self.random.shuffle(running)
        for process in filter(nodes.goes_on, running):
            try:
                if not process.linked and nodes.is_healed(process):
                    process.connect()
                process.step()
                process.look()
            except Crash as crash:
                nodes.bury(process, str(crash))
        self.log.land()

    def calm_down(self) -> None:
        """Have all be well, and check that all nodes come to the same end."""
        log, nodes = self.log, self.nodes
        log.loss = log.repetition = log.delay = 0.0
        log.down_until = log.now
        for step in range(CALM):
            if step < CALM // 2:
                nodes.heal()
            for process in [*nodes.serving.values(), *nodes.old]:
                process.moment, process.wire.fuse, process.slow, process.beating = "", None, 0.0, step < 2 * CALM // 3
            self.step(0.25)
        check(not nodes.old, "zombie", *(process.name for process in nodes.old))
        state = digest(snapshot(log.observer.chat.state), log.observer.addresses.identity)
        for process in nodes.serving.values():
            replica = process.replica
            check(replica.last == len(log.entries) and log.quiet, "end", process.name, replica.last)
            check(replica.joined and not replica.unfinished, "end", process.name, "not all is published")
            check(not process.open, "lost", process.name, *process.open)
            check(digest(snapshot(process.hub.chat.state), process.addresses.identity) == state, "states", process.name)


def drawn(seed: int) -> Cluster:
    """Return a cluster of which everything is drawn from a seed."""
    random = Random(seed)  # noqa: S311 - to be repeated
    loss, repetition, delay = random.choice(((0.0, 0.0, 0.0), (0.05, 0.05, 0.1), (0.1, 0.2, 0.3)))
    log = Log(random, Observer(random), loss, repetition, delay)
    rules = Rules(history_keep=random.choice((20, 1000)), history_on_join=random.choice((0, 0, 2)))
    cluster = Cluster(random, log, rules, random.choice((3.0, 15.0)), random.choice((0.05, 0.2)))
    for _ in range(random.choice((2, 2, 3, 4))):
        cluster.nodes.add()
    for number in range(random.choice((4, 12))):
        cluster.nodes.crowd.add(MemoryAddress(f"10.0.0.{number}", 555), random.choice(list(cluster.nodes.serving)))
    return cluster


def live(cluster: Cluster) -> None:
    """Have clients talk, and things happen, step by step; raise `Broken`."""
    random, nodes = cluster.random, cluster.nodes
    for _ in range(STEPS):
        nodes.crowd.act(random.randrange(MOST_ACTIONS))
        if random.random() < cluster.trouble:
            nodes.happen()
        nodes.supervise()
        cluster.step(random.choice(PAUSES))
    cluster.calm_down()


def run(seed: int) -> Cluster:
    """Run one seed and return what became of it; raise `Broken`, which tells how to replay it."""
    cluster = drawn(seed)
    with replayable(seed, lambda: f"a cluster, step {cluster.nodes.step}"):
        live(cluster)
    return cluster
