"""What happens to the nodes of a room, and to the log between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import attrs

from tests.simulation.cluster.crowd import Crowd
from tests.simulation.cluster.log import Log
from tests.simulation.cluster.node import Process
from tests.simulation.cluster.programs import Programs

MOMENTS = ("before a publication", "after a publication", "before a send", "in a send")
MOST_SENDS = 20  # after which a send fails
RESTART = 0.1  # chance, in each step, that a node that has ended is started


@attrs.define(eq=False)
class Nodes:
    """The nodes of a room: those with a process, the old processes of some, and those without.

    `make` gets the name of a node and makes a process of it. The process takes over the node with the second name,
    unless that is empty.
    """

    random: Random
    log: Log
    make: Callable[[str, str], Process]
    serving: dict[str, Process] = attrs.field(factory=dict, init=False)
    old: list[Process] = attrs.field(factory=list, init=False)  # the node has a newer one
    down: list[str] = attrs.field(factory=list, init=False)  # nodes without a process
    crowd: Crowd = attrs.field(init=False)
    programs: Programs = attrs.field(init=False)
    counts: Counter[str] = attrs.field(factory=Counter, init=False)  # what happened
    step: int = attrs.field(default=0, init=False)
    _frozen: dict[str, int] = attrs.field(factory=dict, init=False)  # process -> step at which it goes on
    _cut_off: dict[str, int] = attrs.field(factory=dict, init=False)  # process -> step at which the log is back
    _names: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.crowd = Crowd(self.random, self.serving, self.old)
        self.programs = Programs(self.random, self.log.observer.annals, self.serving, self.old, self.down)

    def begin(self, name: str, takes_over: str = "") -> None:
        """Start a process of a node."""
        self.serving[name] = self.make(name, takes_over)
        self.programs.started(name)
        if name in self.down:
            self.down.remove(name)

    def add(self, takes_over: str = "") -> str:
        """Start a new node."""
        self._names += 1
        name = f"n{self._names}"
        self.begin(name, takes_over)
        return name

    def bury(self, process: Process, reason: str) -> None:
        """Record the end of a process."""
        self.counts[f"nodes that ended {reason}"] += 1
        if process in self.old:
            self.old.remove(process)
        else:
            del self.serving[process.name]
            self.down.append(process.name)

    def goes_on(self, process: Process) -> bool:
        """Return whether a process is not frozen."""
        return self._frozen.get(process.identity, 0) <= self.step

    def is_healed(self, process: Process) -> bool:
        """Return whether a process that was cut off may reach the log again."""
        return self._cut_off.get(process.identity, 0) <= self.step

    def reload(self) -> None:
        """Let a node have new rules, which all others follow."""
        for process in filter(self.goes_on, list(self.serving.values())[:1]):
            process.parts.reload()
            self.counts["nodes that had new rules"] += 1

    def heal(self) -> None:
        """End all trouble: every node has a process, which goes on and reaches the log."""
        self._frozen.clear()
        self._cut_off.clear()
        for name in self.down[:]:
            self.begin(name)

    def happen(self) -> None:
        """Make trouble of a random kind for a node, or for the log."""
        table = {
            self._crash: 6,
            self._leave: 1,
            self._cut: 4,
            self._freeze: 1,
            self._replace: 2,
            self._take_over: 1,
            self._lose_quorum: 2,
        }
        self.random.choices(list(table), list(table.values()))[0]()

    def _any(self) -> Process | None:
        return self.random.choice(list(self.serving.values())) if self.serving else None

    def _crash(self) -> None:
        if process := self._any():
            moment = self.random.choice(MOMENTS)
            if moment == "in a send":
                process.parts.wire.fuse = self.random.randrange(MOST_SENDS)
            else:
                process.moment = moment

    def supervise(self) -> None:
        """Start the nodes that have ended, sooner or later, while the log is up."""
        for name in self.down[:] if self.log.up else ():
            if self.random.random() < RESTART:
                self.begin(name)

    def _leave(self) -> None:
        if process := self._any():
            process.leave()

    def _cut(self) -> None:
        """Cut a node off from the log for a while."""
        if process := self._any():
            process.linked = False
            self._cut_off[process.identity] = self.step + self.random.choice((2, 10, 40))

    def _freeze(self) -> None:
        """Stop a process for a while."""
        if process := self._any():
            self._frozen[process.identity] = self.step + self.random.choice((3, 10, 40))

    def _replace(self) -> None:
        """Start a second process of a node. The first is frozen for a while, and then goes on."""
        process = self._any()
        if process and self.log.up:
            self._frozen[process.identity] = self.step + self.random.choice((0, 2, 10, 30))
            self.old.append(process)
            self.counts["nodes that were started twice"] += 1
            self.begin(process.name)

    def _take_over(self) -> None:
        """Start a node, a new one or one that had ended, that takes over another, which has usually ended."""
        gone = self.random.choice(self.down or list(self.serving) or [""])
        ended = [name for name in self.down if name != gone]
        starting = gone in self.serving and not self.serving[gone].parts.replica.queue.joined
        # The start of a node that is just starting would count after the takeover.
        if gone and self.log.up and not starting:
            if ended and self.random.random() < 0.5:
                name = self.random.choice(ended)
                self.begin(name, gone)
            else:
                name = self.add(gone)
            self.counts["nodes that took over another"] += 1
            self.crowd.move(gone, name)
            self.programs.follow(gone, name)

    def _lose_quorum(self) -> None:
        self.log.down_until = self.log.now + self.random.choice((0.5, 3.0, 8.0))
