"""A reader of the log that is always up to date: what it makes of the log is what every node must make of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from random import Random
from typing import cast

import attrs

from tests.room import NAMES
from tests.simulation.cluster.annals import Annals
from tests.simulation.model import Model
from tests.simulation.rooms import look_at_rooms
from tests.simulation.seen import Number, number_of
from tests.simulation.world import check
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.nats.addresses import ClusterAddresses, RemoteAddress
from udpchat.adapters.nats.replication.replica import Replica
from udpchat.domain.address import Address
from udpchat.domain.cluster.failure_detector import LEASE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import digest, snapshot
from udpchat.domain.rooms.inputs import Heartbeat, Input, Started
from udpchat.domain.rooms.requests import Numbered
from udpchat.domain.rooms.state import ChatState

AGREED = 0.1  # chance of a place being one at which all digests are compared
SLACK = 0.01  # seconds by which two sums of times may differ

Homes = tuple[tuple[int, str], ...]
"""The fact by which a client joined, with its node; then for each takeover of the client, the fact and the new node."""


class PeerCodec:
    """`codec.AddressCodec` of the clients of one node."""

    def encode(self, address: Address) -> str:
        """Return an address as `LISTENER HOST:PORT`."""
        return f"0 {address}"

    def decode(self, text: str) -> MemoryAddress:
        """Return the address with this text."""
        host, _, port = text.split(" ")[1].rpartition(":")
        return MemoryAddress(host, int(port))


def numbered(given: Input) -> Number | None:
    """Return the number of what a line says, None for an input without."""
    return number_of(given.line) if isinstance(given.line, str) else None


@attrs.define
class Fact:
    """An input that counts: its sender, the number of what it says, and the clients that are to read that, by node.

    Programs are not among these: what they are told is in the annals.
    """

    sender: str
    given: Input
    line: Number | None
    hearers: Mapping[str, set[str]]


@attrs.define(eq=False)
class Observer:
    """Reads the log, and checks what can be checked there. A fact is known by its index in `facts`."""

    random: Random
    addresses: ClusterAddresses = attrs.field(factory=lambda: ClusterAddresses("observer", PeerCodec()))
    replica: Replica = attrs.field(init=False)
    chat: Chat = attrs.field(init=False)
    model: Model = attrs.field(factory=Model, init=False)
    annals: Annals = attrs.field(factory=Annals)
    facts: list[Fact] = attrs.field(factory=list)
    digests: dict[int, str] = attrs.field(factory=dict)  # fact -> of the state after it, if all nodes compare it
    lines: dict[Number, int] = attrs.field(factory=dict)  # -> its fact
    serving: dict[str, str] = attrs.field(factory=dict)  # node -> the process whose entries count
    over: dict[str, int] = attrs.field(factory=dict)  # process that was replaced -> facts until then
    early: set[float] = attrs.field(factory=set)  # times of the last heartbeats of nodes that end in order
    joined: dict[tuple[str, str], Homes] = attrs.field(factory=dict)  # node and `HOST:PORT` of each member
    starts: dict[int, dict[str, Homes]] = attrs.field(factory=dict)  # fact of a start -> members of the node, as above
    _newest: dict[int, int] = attrs.field(factory=dict)  # client -> number of its last line
    _signs: dict[str, dict[str, float]] = attrs.field(factory=dict)  # node -> other -> its first sign after it
    _leases: dict[str, float] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.replica = Replica("observer", self.addresses, 0.0)
        self.chat = Chat(ChatState(NAMES, directory=self.addresses))

    def read(self, place: int, payload: bytes) -> bool:
        """Read an entry; return whether it counts."""
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
        """Handle an input that counts, and check the room after it."""
        index, line, alive = len(self.facts), numbered(given), set(self.chat.state.nodes.alive)
        deliveries, sessions = self.chat.handle(given), self.chat.state.sessions
        text = self.model.follow(given, deliveries, self.chat.state)
        if text is not None and isinstance(given.line, Numbered):
            line = number_of(str(given.line.line))
        if line:
            check(line not in self.lines, "twice", line)
            check(self._newest.get(line[0], 0) < line[1], "order", line, self._newest.get(line[0]))
            self.lines[line], self._newest[line[0]] = index, line[1]
        self.annals.follow(index, given, deliveries, self.chat.state, text)
        members = [cast("RemoteAddress", member.address) for member in self.chat.state.roster]
        hearers: dict[str, set[str]] = {}
        for where in cast("Iterable[RemoteAddress]", text.readers if text else ()):
            if where not in sessions.by_address:
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
        self._check_leases(given, alive - self.chat.state.nodes.alive.keys())
        homes = {where.node for where in members if where not in sessions.lost}
        check(homes <= self.chat.state.nodes.alive.keys(), "ghosts", *sorted(homes))
        if isinstance(given.line, Started):
            look_at_rooms(self.chat.state, self.model)
        if self.random.random() < AGREED:
            look_at_rooms(self.chat.state, self.model)
            self.digests[index] = digest(snapshot(self.chat.state), self.addresses.identity)

    def _move(self, gone: str, node: str) -> None:
        """Record that a node has taken over the clients of another one."""
        for (home, where), homes in list(self.joined.items()):
            if home == gone:
                self.joined.setdefault((node, where), (*homes, (len(self.facts) - 1, node)))

    def _check_leases(self, given: Input, gone: set[str]) -> None:
        """Check that another node sent heartbeats for the whole lease of each node that is now `gone`."""
        node = self.addresses.node(given.sender)
        if isinstance(given.line, Started):
            gone.discard(given.line.takes_over)
        if isinstance(given.line, Heartbeat):
            self._leases[node] = given.line.lease
        if isinstance(given.line, Started | Heartbeat):
            self._signs[node] = {}
            for each, others in self._signs.items():
                if each != node and node in others and isinstance(given.line, Started):
                    others[node] = given.at  # it is in touch from its start on, before its first heartbeat
                elif each != node and isinstance(given.line, Heartbeat):
                    others.setdefault(node, given.at)
        for each in gone:
            silent = given.at - self._signs[each][node]
            lease = self._leases.get(each, LEASE)
            check(silent >= lease - SLACK or given.at in self.early, "lease", each, node, silent)
