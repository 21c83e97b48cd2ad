"""The servers that serve one room together: whose client each address is, and which server is gone.

A server is a node. Every node sends a `Heartbeat` three times in its lease. A heartbeat also says for how long all that
the node published has come back in time. A node is dead when another node was in touch for a whole lease in which no
heartbeat of it came. All nodes read the same order, so they agree on this at the same place. A node that is cut off is
not in touch, so it declares nobody dead; and while the journal stands still for all nodes, no time counts.
"""

from __future__ import annotations

from typing import Protocol

import attrs

from udpchat.domain.address import Address

LEASE = 15.0  # seconds for which a node may be silent: a restart takes two, and nobody waits long to be rid of ghosts
BEATS = 3  # of a node in its lease, so that one or two may be late


class NodeDirectory(Protocol):
    """Which node each address is a client of."""

    def node(self, address: Address) -> str:
        """Return the name of the node."""

    def is_here(self, address: Address) -> bool:
        """Say whether that is this very node: then its client can be written to."""

    def moved(self, address: Address, node: str) -> Address:
        """Return the address of the same peer as a client of another node."""


class SingleNode:
    """`NodeDirectory` of a room with one server, which needs no name."""

    def node(self, _: Address) -> str:
        """Return no name."""
        return ""

    def is_here(self, _: Address) -> bool:
        """Say that it is."""
        return True

    def moved(self, address: Address, _: str) -> Address:
        """Return the address as it is."""
        return address


@attrs.define
class NodeState:
    """What is known of a node: its lease, in seconds, and up to which line of the room its clients were told.

    `steady` is for how long it had been in touch at its last beat. `silent_since` has for each other node for how long
    that one had been at its first beat after the last of this one.
    """

    said: int = 0
    lease: float = LEASE
    steady: float = 0.0
    silent_since: dict[str, float] = attrs.field(factory=dict)


@attrs.define
class FailureDetector:
    """The nodes that are alive, by name; `beats` counts those of all, ever."""

    alive: dict[str, NodeState] = attrs.field(factory=dict)
    beats: int = 0

    def start(self, name: str, said: int) -> int:
        """Take note of a node that begins, after so many lines; return how many its clients may not have heard."""
        before = self.alive.get(name)
        self.alive[name] = NodeState(said, before.lease if before else LEASE)
        return said - before.said if before else 0

    def beat(self, name: str, said: int, lease: float, steady: float) -> dict[str, int]:
        """Take note of a beat; return the nodes that are gone by it, which are forgotten, and what each had told."""
        self.beats += 1
        self.alive[name] = NodeState(said, lease, steady)
        gone: dict[str, int] = {}
        for other, node in self.alive.items():
            if other == name:
                continue
            since = node.silent_since.get(name)
            if since is None or steady < since:  # it was out of touch since then
                node.silent_since[name] = steady
            elif steady - since >= node.lease:
                gone[other] = node.said
        for each in gone:
            self.forget(each)
        return gone

    def silence(self, name: str) -> float:
        """Return for how many seconds a node has been silent, as far as another one was in touch meanwhile."""
        since = self.alive[name].silent_since
        return max((self.alive[other].steady - steady for other, steady in since.items()), default=0.0)

    def hear_of(self, name: str, said: int) -> None:
        """Take note of a node with a new client: it is back, if it was gone, or nobody would find it gone again."""
        if name not in self.alive:
            self.alive[name] = NodeState(said)

    def forget(self, name: str) -> int | None:
        """Forget a node; return up to which line its clients were told, None if there is no such node."""
        for node in self.alive.values():
            node.silent_since.pop(name, None)
        forgotten = self.alive.pop(name, None)
        return forgotten.said if forgotten else None
