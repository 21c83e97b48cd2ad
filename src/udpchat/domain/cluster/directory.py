"""Which node each address is a client of. A node is one of the servers that serve a room together."""

from __future__ import annotations

from typing import Protocol

from udpchat.domain.address import Address


class NodeDirectory(Protocol):
    """Finds the node of a client by its address."""

    def node(self, address: Address) -> str:
        """Return the name of the client's node."""

    def is_here(self, address: Address) -> bool:
        """Return whether the client's node is this one. Only then can this server send to the client."""

    def moved(self, address: Address, node: str) -> Address:
        """Return the address that the same peer has as a client of another node."""


class SingleNode:
    """The `NodeDirectory` of a room with one server. The server needs no name."""

    def node(self, _: Address) -> str:
        """Return the empty name."""
        return ""

    def is_here(self, _: Address) -> bool:
        """Return True: all clients are clients of this server."""
        return True

    def moved(self, address: Address, _: str) -> Address:
        """Return the same address."""
        return address
