"""An ordered log in memory, and the replicas that read it."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from tests.journals import MemoryAddresses
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.adapters.nats.replication.replica import Replica
from udpchat.domain.rooms.inputs import ControlInput, Input, Rules, Started

CLIENT = MemoryAddress("10.0.0.1", 1)
SERVER = MemoryAddress("10.0.0.9", 12000)
COMMIT_TIMEOUT = 2.0  # seconds


@attrs.define(eq=False)
class Log:
    """A log, and a clock."""

    now: float = 0.0
    payloads: list[bytes] = attrs.field(factory=list)

    def node(self, name: str = "a", takes_over: str = "") -> Replica:
        """Return a node that has read the log and has taken its own start."""
        made = replica(name, self)
        self.read(made)
        made.recover()
        made.append(notice(Started(Rules(), takes_over=takes_over)))
        return made

    def joined(self, name: str = "a") -> Replica:
        """Return a node whose start has counted."""
        made = self.node(name)
        self.publish(made)
        self.read(made)
        made.committed()
        return made

    def publish(self, node: Replica) -> int:
        """Append everything that a node publishes now; return the number of entries."""
        entries = list(node.outgoing())
        self.payloads += entries
        return len(entries)

    def read(self, node: Replica) -> None:
        """Let a node read to the end."""
        for place in range(node.last, len(self.payloads)):
            node.arrived(place + 1, self.payloads[place])

    def exchange(self, node: Replica) -> None:
        """Publish and read until a node has nothing left."""
        while node.queue.unfinished:
            self.publish(node)
            self.read(node)


def replica(name: str = "a", log: Log | None = None) -> Replica:
    """Return a replica that has read nothing."""
    clock = log or Log()
    return Replica(name, ClusterAddresses(name, MemoryAddresses()), COMMIT_TIMEOUT, timer=lambda: clock.now)


def said(*lines: str) -> list[Input]:
    """Return inputs with these lines."""
    return [Input(0.0, 0, CLIENT, line) for line in lines]


def notice(line: ControlInput) -> list[Input]:
    """Return a control input of the server itself."""
    return [Input(0.0, 0, SERVER, line)]


def texts(inputs: Iterable[Input]) -> list[str]:
    """Return the lines of inputs."""
    return [each.line for each in inputs if isinstance(each.line, str)]
