"""The programs of a room on several servers: what they say, to which node, and over which network.

The network loses, repeats and delays datagrams in both directions. A program that reads nothing for a while goes to
another node; others go because they want to. The node before may find out by a report, or not at all.

What must hold at the end, with the names that a failure shows, besides the lists in `tests/simulation/programs/program`
and `records`:

    hole        each program has every number of its room since it came in, and all that concerns it alone, in the words
                that the log makes of it; each of its lines has an outcome
    twice       what a line says is said once, where its outcome says; or never, if it was refused
    noticed     nobody reads that a program left, and nobody comes in by what is late
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from random import Random
from typing import TYPE_CHECKING

import attrs

from tests.simulation.cluster.annals import Annals
from tests.simulation.programs.program import Found, Program, datagram
from tests.simulation.world import Weather
from udpchat.adapters.memory.network import MemoryAddress, MemoryCarrier, MemoryNetwork

if TYPE_CHECKING:
    from tests.simulation.cluster.node import Process

NAMES = ("ada", "cleo", "dora", "emil")  # which no client of the crowd takes
TYPED = (
    *("/ignore {nick}", "/unignore {nick}", "/msg {nick} {text}", "/msg {nick} {text}", "/roll 2d6", "/hand", "/next"),
    *("/away tea", "/back", "/topic tea", "/invite {nick}", "/who", "/nope", "/join kitchen", "/join vault", "/leave"),
)
AGAIN = 3  # steps after which a program says again what was not answered, and asks what it may have missed
PATIENCE = 10  # steps without an answer, after which it goes elsewhere
FIRST_TEXT = 5000  # the numbers from here on are of lines of programs; each has its own, so their order is free
CLEAR = Weather(0.0, 0.0, 0)


@attrs.define(eq=False)
class Programs:
    """All programs, the network between them and the nodes, and the node that each writes to."""

    random: Random
    annals: Annals
    serving: Mapping[str, Process]
    old: Sequence[Process]
    down: Sequence[str]
    weather: Weather = CLEAR
    all: list[Program] = attrs.field(factory=list, init=False)
    moves: int = attrs.field(default=0, init=False)
    _homes: dict[str, str] = attrs.field(factory=dict, init=False)  # by the names of programs
    _air: MemoryNetwork = attrs.field(init=False)
    _ends: dict[str, MemoryCarrier] = attrs.field(factory=dict, init=False)  # of nodes
    _ports: count[int] = attrs.field(factory=lambda: count(1000), init=False)
    _texts: count[int] = attrs.field(factory=lambda: count(FIRST_TEXT), init=False)

    def __attrs_post_init__(self) -> None:
        self._air = MemoryNetwork(self._schedule)

    def add(self, number: int, weather: Weather) -> None:
        """Let so many programs come in, over a network that does nothing of this before they have."""
        self.annals.programs = frozenset(NAMES[:number])
        for name in NAMES[:number]:
            self._homes[name] = self.random.choice(list(self.serving))
            program = Program(name, self._attach(name), repeats=weather.repetition > 0)
            self.all.append(program)
            self._send(program, program.hello())

    def end(self, node: str) -> MemoryCarrier:
        """Return the end of a node, which outlives its processes."""
        if node not in self._ends:
            self._ends[node] = self._air.attach(MemoryAddress(f"10.255.1.{len(self._ends)}", 12000))
        return self._ends[node]

    def follow(self, gone: str, node: str) -> None:
        """Let the programs of one node write to another that took it over, from where they are."""
        for program in self.all:
            if self._homes[program.name] == gone:
                self._homes[program.name] = node
                program.servers += 1

    def call_again(self) -> None:
        """Let those say hello again that nobody answered."""
        for program in self.all:
            if not program.log:
                self._send(program, program.hello())

    def started(self, node: str) -> None:
        """Take note that a node has a new process; the one before is perhaps still there."""
        for program in self.all:
            program.servers += self._homes[program.name] == node

    def act(self, step: int) -> None:
        """Let each do something, perhaps."""
        for program in self.all:
            chance = self.random.random()
            if chance < 0.04:
                self._move(program)
            elif chance < 0.25:
                self._say(program, *self._line())
            self.go_on(program, step)

    def calm(self, step: int) -> None:
        """Let each go on, over a network without faults, and to nodes that are there."""
        self.weather, self.down = CLEAR, ()
        for program in self.all:
            self.go_on(program, step)

    def go_on(self, program: Program, step: int) -> None:
        """Let a program ask again, or go elsewhere if nobody answers."""
        if program.silent > PATIENCE:
            self._move(program)
        elif step % AGAIN == 0:
            self._send(program, *program.again())

    def deliver(self) -> None:
        """Let a step pass, and bring what arrives to nodes and programs."""
        self._air.tick()
        for node, end in self._ends.items():
            datagrams, bounces = end.receive(len(end.inbox)), end.bounces()
            if process := self.serving.get(node):
                process.parts.wire.inbox += datagrams
                process.parts.wire.returned += bounces
        for program in self.all:
            program.silent += 1
            for payload, _ in program.end.receive(len(program.end.inbox)):
                program.take(payload)

    def _schedule(self) -> Sequence[int]:
        """Return when the copies of a datagram arrive."""
        weather, random = self.weather, self.random
        if random.random() < weather.loss:
            return ()
        copies = 2 if random.random() < weather.repetition else 1
        return [random.randrange(weather.delay + 1) for _ in range(copies)]

    def _attach(self, name: str) -> MemoryCarrier:
        address = MemoryAddress("10.0.1.1", next(self._ports))
        self.annals.names[str(address)] = name
        return self._air.attach(address)

    def _move(self, program: Program) -> None:
        """Let a program go to a node from another address."""
        self.moves += 1
        if self.random.random() < 0.5:
            self._air.detach(program.end.address)
        home = self._homes[program.name] = self.random.choice([*self.serving, *self.down])
        program.connect(self._attach(program.name), 1 + sum(process.name == home for process in self.old))
        self._send(program, *program.again())

    def _line(self) -> tuple[str, str]:
        """Return what a program types, and what that tells its room."""
        text = f"#{next(self._texts)}.1"
        if self.random.random() < 0.4:
            nick = self.random.choice([*NAMES, *(process.name for process in self.serving.values())])
            return self.random.choice(TYPED).format(nick=nick, text=text), ""
        return self.random.choice((text, text, f"/me {text}")), text

    def _say(self, program: Program, typed: str, told: str) -> None:
        line = program.say(typed, told)
        if not program.comes:
            self._send(program, line)

    def _send(self, program: Program, *objects: Found) -> None:
        self._air.carry(program.end.address, [datagram(*objects)], [self.end(self._homes[program.name]).address])
