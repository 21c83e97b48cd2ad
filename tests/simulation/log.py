"""The log that all nodes of a room read, in memory, and what anybody can know who reads all of it at once.

`Log` has the parcels in order, and a document of which a node can start. On their way there they are lost, repeated and
held back. `Observer` reads each of them as soon as it is there; what it makes of them is what every node must.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Mapping
from random import Random
from typing import cast

import attrs

from tests.room import NAMES
from tests.simulation.world import check
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.nats.addresses import ClusterAddresses, RemoteAddress
from udpchat.adapters.nats.replica import Replica
from udpchat.domain.address import Address
from udpchat.domain.cluster.failure_detector import LEASE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import digest, snapshot
from udpchat.domain.rooms.inputs import Heartbeat, Input, Started
from udpchat.domain.rooms.state import ChatState

AGREED = 0.1  # chance of a place being one at which all digests are compared
SLACK = 0.01  # seconds by which two sums of times may differ

Line = tuple[int, int]
"""The number of who said it, and which of theirs it is."""
Homes = tuple[tuple[int, str], ...]
"""Which input had a member join, and at which node; then with which one another node took it over, and so on."""


class Spellings:
    """`codec.AddressCodec` of the peers of one node."""

    def encode(self, address: Address) -> str:
        """Return an address as `LISTENER HOST:PORT`."""
        return f"0 {address}"

    def decode(self, text: str) -> MemoryAddress:
        """Return the address that was spelt so."""
        host, _, port = text.split(" ")[1].rpartition(":")
        return MemoryAddress(host, int(port))


def numbered(given: Input) -> Line | None:
    """Return which line an input is, if it is one with a number."""
    if not isinstance(given.line, str) or given.line[:1] != "#":
        return None
    speaker, _, number = given.line[1:].partition(".")
    return int(speaker), int(number)


@attrs.define
class Fact:
    """What is known of one input that counts: who said what, and where the clients are who are to hear it, by node."""

    sender: str
    given: Input
    line: Line | None
    hearers: Mapping[str, set[str]]


@attrs.define(eq=False)
class Observer:
    """Reads what is in the log, and checks what can be seen there."""

    random: Random
    addresses: ClusterAddresses = attrs.field(factory=lambda: ClusterAddresses("observer", Spellings()))
    replica: Replica = attrs.field(init=False)
    chat: Chat = attrs.field(init=False)
    facts: list[Fact] = attrs.field(factory=list)
    digests: dict[int, str] = attrs.field(factory=dict)  # after which input -> of the state, where all are compared
    lines: dict[Line, int] = attrs.field(factory=dict)  # -> which input it was
    serving: dict[str, str] = attrs.field(factory=dict)  # node -> the process of which the parcels count
    over: dict[str, int] = attrs.field(factory=dict)  # process that was replaced -> inputs up to that
    early: set[float] = attrs.field(factory=set)  # when a node beat once more as it ended
    joined: dict[tuple[str, str], Homes] = attrs.field(factory=dict)  # of each member, by its node and place
    starts: dict[int, dict[str, Homes]] = attrs.field(factory=dict)  # the same of a node's, as it started, by place
    _newest: dict[int, int] = attrs.field(factory=dict)  # who -> number of its last line
    _signs: dict[str, dict[str, float]] = attrs.field(factory=dict)  # node -> other -> when it first beat after it
    _leases: dict[str, float] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.replica = Replica("observer", self.addresses, 0.0)
        self.chat = Chat(ChatState(NAMES, directory=self.addresses))

    def read(self, place: int, payload: bytes) -> bool:
        """Take a parcel; return whether it counts."""
        self.replica.arrived(place, payload)
        inputs = self.replica.committed()
        if inputs:
            _, node, _, process, *_ = json.loads(payload)
            if isinstance(inputs[0].line, Started):
                self._start(node, process, inputs[0].line.takes_over)
            check(self.serving.get(node) == process, "zombie", node, process, place)
        for given in inputs:
            self._follow(given)
        return bool(inputs)

    def _start(self, node: str, process: str, gone: str) -> None:
        check(process not in self.over and self.serving.get(node) != process, "twice", node, process)
        for each in (node, gone):
            if before := self.serving.pop(each, ""):
                self.over[before] = len(self.facts) + 1
        self.serving[node] = process

    def _follow(self, given: Input) -> None:
        """Look at an input that counts, and at what it makes of the room."""
        index, line, alive = len(self.facts), numbered(given), set(self.chat.state.nodes.alive)
        if line:
            check(line not in self.lines, "twice", line)
            check(self._newest.get(line[0], 0) < line[1], "order", line, self._newest.get(line[0]))
            self.lines[line], self._newest[line[0]] = index, line[1]
        self.chat.handle(given)
        members = [cast("RemoteAddress", member.address) for member in self.chat.state.roster]
        hearers: dict[str, set[str]] = {}
        for where in members:
            hearers.setdefault(where.node, set()).add(where.where)
        self.facts.append(Fact(self.addresses.identity(given.sender), given, line, hearers))
        node = self.addresses.node(given.sender)
        if isinstance(given.line, Started):
            self._move(given.line.takes_over, node)
        self.joined = {
            (where.node, where.where): self.joined.get((where.node, where.where), ((index, where.node),))
            for where in members
        }
        if isinstance(given.line, Started):
            self.starts[index] = {where: homes for (home, where), homes in self.joined.items() if home == node}
        self._look_at_signs(given, alive - self.chat.state.nodes.alive.keys())
        check(hearers.keys() <= self.chat.state.nodes.alive.keys(), "ghosts", *sorted(hearers))
        if self.random.random() < AGREED:
            self.digests[index] = digest(snapshot(self.chat.state), self.addresses.identity)

    def _move(self, gone: str, node: str) -> None:
        """Have the clients of one node have joined another when they joined."""
        for (home, where), homes in list(self.joined.items()):
            if home == gone:
                self.joined.setdefault((node, where), (*homes, (len(self.facts) - 1, node)))

    def _look_at_signs(self, given: Input, gone: set[str]) -> None:
        """Check that a node is not taken for gone before another beat for as long as its lease is."""
        node = self.addresses.node(given.sender)
        if isinstance(given.line, Started):
            gone.discard(given.line.takes_over)
        if isinstance(given.line, Heartbeat):
            self._leases[node] = given.line.lease
        if isinstance(given.line, Started | Heartbeat):
            self._signs[node] = {}
            for each, others in self._signs.items():
                if each != node and isinstance(given.line, Started):
                    others.pop(node, None)
                elif each != node:
                    others.setdefault(node, given.at)
        for each in gone:
            silent = given.at - self._signs[each][node]
            lease = self._leases.get(each, LEASE)
            check(silent >= lease - SLACK or given.at in self.early, "lease", each, node, silent)


@attrs.define(eq=False)
class Log:
    """An ordered log. `refused` tells when each line was given up that was."""

    random: Random
    observer: Observer
    loss: float
    repetition: float
    delay: float
    now: float = 1000.0  # seconds
    down_until: float = 0.0  # when it takes something again
    entries: list[bytes] = attrs.field(factory=list)
    counted: list[bool] = attrs.field(factory=list)
    ends: list[int] = attrs.field(factory=list)  # inputs that count, up to each parcel
    begin: int = 0  # parcels at its beginning that are not kept
    documents: list[tuple[int, bytes]] = attrs.field(factory=list)
    refused: dict[Line, int] = attrs.field(factory=dict)  # -> publications before its sender was told
    published: int = 0
    _in_flight: list[tuple[float, int, bytes]] = attrs.field(factory=list)  # when it arrives, publication, parcel

    def publish(self, payload: bytes) -> None:
        """Take a parcel on its way, which it may get lost on."""
        self.published += 1
        random = self.random.random
        if random() < self.loss:
            return
        for _ in range(2 if random() < self.repetition else 1):
            late = random() < self.delay
            wait = self.random.choice((0.1, 0.5, 1.5, 3.0, 8.0)) if late else 0.0
            if not self.up:  # it is held, and comes in any order
                wait += self.down_until - self.now + random()
            heapq.heappush(self._in_flight, (self.now + wait, self.published, payload))

    def land(self) -> None:
        """Take what is due into the log."""
        while self.up and self._in_flight and self._in_flight[0][0] <= self.now:
            _, publication, payload = heapq.heappop(self._in_flight)
            before = len(self.observer.facts)
            self.entries.append(payload)
            self.counted.append(self.observer.read(len(self.entries), payload))
            self.ends.append(len(self.observer.facts))
            for fact in self.observer.facts[before:]:
                if fact.line in self.refused:
                    check(publication <= self.refused[fact.line], "refused", fact.line)

    @property
    def up(self) -> bool:
        """Whether it takes anything."""
        return self.now >= self.down_until

    @property
    def quiet(self) -> bool:
        """Whether nothing is on its way."""
        return not self._in_flight

    def save(self, place: int, document: bytes) -> None:
        """Keep a document, if it gets there; with the one before it, what no start needs any more is dropped."""
        if self.up and self.random.random() >= self.loss and (not self.documents or place > self.documents[-1][0]):
            self.documents = [*self.documents[-1:], (place, document)]
            self.begin = self.documents[0][0]
