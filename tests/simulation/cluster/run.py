"""One seed of a room on several servers: nodes on one log, clients of each, and everything that can happen to them.

What must hold, each with the name that a failure shows:

    same        each node handles the inputs that count, in the order of the log, each once, and nothing else
    agree       all nodes count the same entries
    states      at the same place all nodes are in the same state: at random places, and at the last one
    differs     no node finds that the state of another differs from its own
    twice       no line counts twice
    order       the lines of a client count in the order in which they were said
    zombie      no entry of a replaced process counts; the process notices, and sends nothing newer
    committed   a line is sent only if it counts, and after it was handled
    home        a node writes only to its own clients
    once        no process sends a line to the same client twice
    all         a process that runs sends each line to all clients of its node that are to read it: those in the room
                who do not ignore its speaker, or two for a private one
    outsider    and to no other client
    rooms, private, ignored, one room
                as the head of `tests/simulation/rooms.py` says, in the state of the one reader of the log
    missed      a line that was not sent to a client because a process ended is in /missed when the next one starts
    refused     a line that was given up counts only if it was published before that
    told        the sender of a line that was given up is notified, once for each line
    parted      clients that were removed because their node seemed dead are notified when the node is back
    lost        each line that was taken is committed or given up, unless its process crashed
    lease       a node is dead only after another one sent heartbeats for the whole lease, with none of it in between
    ghosts      every member is the client of a node that can be found dead
    names       no two members have names that count as one
    tables      what waits, is in flight and is remembered is bounded
    gap         an entry that is not the next one is not taken
    bugs        nothing fails
    end         after all trouble, all nodes reach the end of the log, with nothing left to publish

What must hold where some clients are programs is besides that at the heads of `programs`, `records` and
`tests/simulation/programs/program`.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import attrs

from tests.simulation.cluster.judge import judge
from tests.simulation.cluster.log import Log
from tests.simulation.cluster.node import Process
from tests.simulation.cluster.observer import Observer
from tests.simulation.cluster.parts import Parts
from tests.simulation.cluster.programs import CLEAR
from tests.simulation.cluster.trouble import Nodes
from tests.simulation.replay import replayable
from tests.simulation.world import Crash, Weather, check
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.machine.snapshot import digest, snapshot
from udpchat.domain.rooms.inputs import Rules

STEPS = 150
MOST_ACTIONS = 12  # of clients in one step
PAUSES = (0.0, 0.02, 0.1, 0.5, 1.0)  # seconds from one step to the next
CALM = 80  # steps of a quarter of a second at the end, without trouble
LAST = 12  # of these steps, in which programs ask nothing
ARRIVALS = 100  # steps of a tenth of a second at most, until all programs have come in
WEATHERS = (CLEAR, Weather(0.1, 0.0, 2), Weather(0.3, 0.15, 3))  # between programs and nodes


@attrs.define(eq=False)
class Cluster:
    """The nodes, the log between them, and their clients. `trouble` is the chance of trouble in each step."""

    random: Random
    log: Log
    rules: Rules
    lease: float
    trouble: float
    nodes: Nodes = attrs.field(init=False)
    _received: dict[tuple[str, str], set[tuple[int, int]]] = attrs.field(factory=dict, init=False)
    _served: dict[str, int] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.nodes = Nodes(self.random, self.log, self._process)

    def _process(self, name: str, takes_over: str) -> Process:
        slow = self.random.choice((0.0, 0.3, 0.8))
        parts = Parts(
            name,
            self.log,
            self.random,
            self.rules,
            self.lease,
            takes_over,
            self.nodes.crowd.is_dead,
            self.nodes.programs.end(name),
            self._received,
            self._served,
            eager=self.random.random() < 0.5,
        )
        return Process(parts, slow)

    def step(self, pause: float) -> None:
        """Let so many seconds pass; let the processes do what is due, in random order, and check each."""
        nodes = self.nodes
        nodes.step += 1
        self.log.now += pause
        nodes.programs.deliver()
        running = [*nodes.serving.values(), *nodes.old]
        self.random.shuffle(running)
        for process in filter(nodes.goes_on, running):
            try:
                if not process.linked and nodes.is_healed(process):
                    process.connect()
                process.step()
                process.parts.check()
            except Crash as crash:
                nodes.bury(process, str(crash))
        self.log.land()

    def calm_down(self) -> None:
        """End all trouble, and check that all nodes reach the same state."""
        log, nodes = self.log, self.nodes
        log.loss = log.repetition = log.delay = 0.0
        log.down_until = log.now
        for step in range(CALM):
            if step < CALM // 2:
                nodes.heal()
            for process in [*nodes.serving.values(), *nodes.old]:
                process.moment, process.parts.wire.fuse, process.slow = "", None, 0.0
                process.beating = step < 2 * CALM // 3
            if step < CALM - LAST:
                nodes.programs.calm(step)
            self.step(0.25)
        check(not nodes.old, "zombie", *(process.name for process in nodes.old))
        state = digest(snapshot(log.observer.chat.state), log.observer.addresses.identity)
        for process in nodes.serving.values():
            replica, chat = process.parts.replica, process.parts.hub.chat
            check(replica.last == len(log.entries) and log.quiet, "end", process.name, replica.last)
            check(replica.queue.joined and not replica.queue.unfinished, "end", process.name, "not all is published")
            check(not process.parts.ledger.open, "lost", process.name, *process.parts.ledger.open)
            check(digest(snapshot(chat.state), replica.addresses.identity) == state, "states", process.name)
        for program in nodes.programs.all:
            judge(program, log.observer.annals, log.observer.chat.state)

    def let_programs_in(self, number: int, weather: Weather) -> None:
        """Let programs come in while log and network do as they should, and then the weather begin.

        Who has no session yet is somebody new by each late `hello`, as docs/json.md says.
        """
        log, programs = self.log, self.nodes.programs
        faults, (log.loss, log.repetition, log.delay) = (log.loss, log.repetition, log.delay), (0.0, 0.0, 0.0)
        self._wait_for(lambda: all(each.parts.replica.queue.joined for each in self.nodes.serving.values()))
        programs.add(number, weather)
        self._wait_for(lambda: all(program.log for program in programs.all))
        (log.loss, log.repetition, log.delay), programs.weather = faults, weather

    def _wait_for(self, what: Callable[[], bool]) -> None:
        for step in range(1, ARRIVALS):
            if what():
                return
            if not step % 40:  # a node has ended
                self.nodes.heal()
                self.nodes.programs.call_again()
            self.step(0.1)
        check(False, "end", "a program did not come in")  # noqa: FBT003 - it never holds


def drawn(seed: int) -> Cluster:
    """Return a cluster drawn from a seed."""
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
    """Let clients talk, and make trouble, step by step; raise `Broken`."""
    random, nodes = cluster.random, cluster.nodes
    for step in range(STEPS):
        nodes.crowd.act(random.randrange(MOST_ACTIONS))
        nodes.programs.act(step)
        if random.random() < cluster.trouble:
            nodes.happen()
        nodes.supervise()
        if step == STEPS // 2:
            nodes.reload()
        cluster.step(random.choice(PAUSES))
    cluster.calm_down()


def run(seed: int) -> Cluster:
    """Run one seed, and return the cluster; raise `Broken`, which says how to replay it."""
    cluster = drawn(seed)
    with replayable(seed, lambda: f"a cluster, step {cluster.nodes.step}"):
        live(cluster)
    return cluster


def run_with_programs(seed: int) -> Cluster:
    """Do the same where some clients are programs."""
    cluster = drawn(seed)
    with replayable(seed, lambda: f"a cluster with programs, step {cluster.nodes.step}"):
        cluster.let_programs_in(cluster.random.choice((2, 3, 4)), cluster.random.choice(WEATHERS))
        live(cluster)
    return cluster
