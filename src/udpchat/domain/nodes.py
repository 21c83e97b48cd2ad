"""The servers that serve one room together: whose client each address is, and which server is gone.

A server is a node. Each tells every few seconds that it is alive (`Beat`), three times in its lease. No clock comes
into who is gone: a node is when another one told so often, without a beat of it in between, that its lease is over. So
all nodes agree on it at the same place of the order; and as a node that is cut off hears of no beats, it never
believes that the others are gone.
"""

from __future__ import annotations

from typing import Protocol

import attrs

from udpchat.domain.ports import Address

LEASE = 15.0  # seconds for which a node may be silent: a restart takes two, and nobody waits long to be rid of ghosts
BEATS = 3  # of a node in its lease, so that one or two may be late


class Homes(Protocol):
    """Which node each address is a client of."""

    def node(self, address: Address) -> str:
        """Return the name of the node."""

    def is_here(self, address: Address) -> bool:
        """Say whether that is this very node: then its client can be written to."""

    def moved(self, address: Address, node: str) -> Address:
        """Return the address of the same peer as a client of another node."""


class OneHome:
    """`Homes` of a room with one server, which needs no name."""

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
class Node:
    """What is known of a node: its lease, in seconds, and up to which line of the room its clients were told.

    `silent_for` has for each other node how often it beat since this one did.
    """

    said: int = 0
    lease: float = LEASE
    silent_for: dict[str, int] = attrs.field(factory=dict)


@attrs.define
class Nodes:
    """The nodes that are alive, by name; `beats` counts those of all, ever."""

    alive: dict[str, Node] = attrs.field(factory=dict)
    beats: int = 0

    def start(self, name: str, said: int) -> int:
        """Take note of a node that begins, after so many lines; return how many its clients may not have heard."""
        before = self.alive.get(name)
        self.alive[name] = Node(said, before.lease if before else LEASE)
        for other in self.alive.values():  # each start beats at once, so many of them tell of no time
            other.silent_for.pop(name, None)
        return said - before.said if before else 0

    def beat(self, name: str, said: int, lease: float) -> dict[str, int]:
        """Take note of a beat; return the nodes that are gone by it, which are forgotten, and what each had told."""
        self.beats += 1
        self.alive[name] = Node(said, lease)
        gone: dict[str, int] = {}
        for other, node in self.alive.items():
            if other == name:
                continue
            beats = node.silent_for[name] = node.silent_for.get(name, 0) + 1
            if (beats - 1) * lease / BEATS >= node.lease:  # the first may have come right after the last of the other
                gone[other] = node.said
        for each in gone:
            self.forget(each)
        return gone

    def hear_of(self, name: str, said: int) -> None:
        """Take note of a node with a new client: it is back, if it was gone, or nobody would find it gone again."""
        if name not in self.alive:
            self.alive[name] = Node(said)

    def forget(self, name: str) -> int | None:
        """Forget a node; return up to which line its clients were told, None if there is no such node."""
        for node in self.alive.values():
            node.silent_for.pop(name, None)
        forgotten = self.alive.pop(name, None)
        return forgotten.said if forgotten else None
