"""Which of the nodes that serve a room together are alive.

Every node publishes a `Heartbeat` three times in its lease. With it, the node says for how long everything that it
published came back in time: for how long it was in touch. A node is dead when another node was in touch for a whole
lease during which no heartbeat of the dead node came.

All nodes read the same heartbeats in the same order, so all agree on which node is dead, and at which place in the
order. A node that is cut off is not in touch, so it declares no other node dead. While the journal stands still for
all nodes, none is in touch, so that time does not count.
"""

from __future__ import annotations

import attrs

LEASE = 15.0  # seconds for which a node may be silent: a restart takes two, and clients of a dead node leave soon
HEARTBEATS_PER_LEASE = 3  # so one or two of them may be late or lost


@attrs.define
class NodeState:
    """What is known of a node.

    Its clients have received the first `said` messages of the room. It may be silent for `lease` seconds. At its last
    heartbeat it had been in touch for `steady` seconds. `silent_since` has, for each other node, the `steady` of that
    node at its first heartbeat after the last one of this node. `at` is when it started or sent a heartbeat last, in
    seconds since 1970 UTC.
    """

    said: int = 0
    lease: float = LEASE
    steady: float = 0.0
    silent_since: dict[str, float] = attrs.field(factory=dict)
    at: float = 0.0


@attrs.define
class FailureDetector:
    """The nodes that are alive, by name, and the number of heartbeats of all nodes since the room was created."""

    alive: dict[str, NodeState] = attrs.field(factory=dict)
    beats: int = 0

    def start(self, name: str, said: int, at: float) -> int:
        """Note that a node starts after `said` messages of the room. Return how many its clients may have missed."""
        before = self.alive.get(name)
        self.alive[name] = NodeState(said, before.lease if before else LEASE, at=at)
        return said - before.said if before else 0

    def heartbeat(self, name: str, said: int, lease: float, steady: float, at: float) -> dict[str, int]:
        """Note a heartbeat of a node. Remove the nodes that are dead by it, and return them.

        Each is returned with the number of messages that its clients have received.
        """
        self.beats += 1
        self.alive[name] = NodeState(said, lease, steady, at=at)
        dead: dict[str, int] = {}
        for other, node in self.alive.items():
            if other == name:
                continue
            # If `steady` is less than before, `name` was out of touch in between.
            since = node.silent_since[name] = min(steady, node.silent_since.get(name, steady))
            if steady - since >= node.lease:
                dead[other] = node.said
        for each in dead:
            self.remove(each)
        return dead

    def silence(self, name: str) -> float:
        """Return for how many seconds a node has been silent while another node was in touch."""
        since = self.alive[name].silent_since
        return max((self.alive[other].steady - steady for other, steady in since.items()), default=0.0)

    def mark_alive(self, name: str, said: int, at: float) -> None:
        """Note that a node has a new client after `said` messages of the room.

        A dead node that has clients again is back, and must be found dead if it dies again. For a node that is known
        to be alive, this changes nothing.
        """
        if name not in self.alive:
            self.alive[name] = NodeState(said, at=at)

    def remove(self, name: str) -> int | None:
        """Remove a node. Return how many messages its clients have received, or None if there is no such node."""
        for node in self.alive.values():
            node.silent_since.pop(name, None)
        removed = self.alive.pop(name, None)
        return removed.said if removed else None
