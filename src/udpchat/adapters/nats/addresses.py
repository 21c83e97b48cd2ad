"""The addresses of clients in a cluster, as text that all nodes read in the same way, and the node of each client.

The text is `NODE LISTENER HOST:PORT`, followed by the return path in hexadecimal if that is known. The part after
`NODE` is the format of `udp/address_codec.py`. A client is identified by its node and `HOST:PORT`. A node that takes
the client over needs the rest to write to it.

Limit: a client that writes from one port to two addresses of a server is one member. The server answers it from the
address that it wrote to first.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TypeVar, cast

import attrs

from udpchat.adapters.journal.codec import AddressCodec
from udpchat.adapters.networks import network_of_host
from udpchat.adapters.udp.address import show
from udpchat.domain.address import Address, Network

NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")  # of a node or a cluster: it is part of names in NATS
MAX_KNOWN = 1 << 17  # clients in each table, several times more than a room has

Key = TypeVar("Key")
Value = TypeVar("Value")


def check_name(kind: str, name: str) -> str:
    """Return the name of a node or a cluster, or ""; raise ValueError if it cannot be one."""
    if name and not NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be a {kind} name: use 1 to 32 letters, digits, - and _")
    return name


@attrs.frozen
class RemoteAddress:
    """A client of another node, at `where`: `HOST:PORT`, for IPv6 with brackets and perhaps a zone."""

    node: str
    where: str

    carrier = ""  # no carrier of this node reaches it

    proven = False  # its own node looks at that

    @property
    def _host(self) -> str:
        return self.where.rpartition(":")[0].strip("[]").partition("%")[0]

    @property
    def network(self) -> Network:
        """The network that the host is in."""
        return network_of_host(self._host)

    def __str__(self) -> str:
        return show((self._host, int(self.where.rpartition(":")[2])))


@attrs.define(eq=False)
class ClusterAddresses:
    """`codec.AddressCodec` and `NodeDirectory` of the node `own`. `inner` encodes the addresses of its own clients."""

    own: str
    inner: AddressCodec
    _first: dict[str, Address] = attrs.field(factory=dict, init=False)  # `HOST:PORT` of our client -> its first address
    _settled: dict[Address, Address] = attrs.field(factory=dict, init=False)
    _texts: dict[Address, str] = attrs.field(factory=dict, init=False)  # clients of other nodes -> their last text
    _decoded: dict[str, Address] = attrs.field(factory=dict, init=False)

    def node(self, address: Address) -> str:
        """Return the name of the node that an address is a client of."""
        return address.node if isinstance(address, RemoteAddress) else self.own

    def is_here(self, address: Address) -> bool:
        """Return whether this node can write to an address."""
        return not isinstance(address, RemoteAddress)

    def moved(self, address: Address, node: str) -> Address:
        """Return the address of the same client as a client of another node."""
        return self.decode(f"{node} {self.encode(address).partition(' ')[2]}")

    def settled(self, address: Address) -> Address:
        """Return the address by which the room knows one of our clients: the first one with its `HOST:PORT`."""
        known = self._settled.get(address)
        if known is None:
            where = self.identity(address).partition(" ")[2]
            known = self._settled[address] = _remember(self._first, where, self._first.get(where, address))
            _forget_first(self._settled)
        return known

    def identity(self, address: Address) -> str:
        """Return the identity of a client as text, which is the same on every node."""
        if isinstance(address, RemoteAddress):
            return f"{address.node} {address.where}"
        return f"{self.own} {self.inner.encode(address).split(' ')[1]}"

    def encode(self, address: Address) -> str:
        """Return an address as text."""
        if isinstance(address, RemoteAddress):
            return self._texts.get(address) or f"{address.node} 0 {address.where}"
        return f"{self.own} {self.inner.encode(address)}"

    def decode(self, text: str) -> Address:
        """Return the address with this text; raise ValueError if there is none.

        If one of our clients wrote to an address on which this node no longer listens, it gets a `RemoteAddress`: it
        belongs to this node, but this node cannot write to it.
        """
        known = self._decoded.get(text)
        if known is not None:
            return known
        node, _, rest = text.partition(" ")
        _, where, *_ = rest.split(" ")
        known = RemoteAddress(node, where)
        str(known), known.network  # both raise ValueError for what is not an address
        if node == self.own:
            with suppress(ValueError):
                known = self.settled(self.inner.decode(rest))
        if isinstance(known, RemoteAddress):
            # The old text must be decoded again if it returns, so that it becomes the last text.
            self._decoded.pop(self._texts.get(known, ""), None)
            _remember(self._texts, cast("Address", known), text)
        return _remember(self._decoded, text, known)


def _remember(table: dict[Key, Value], key: Key, value: Value) -> Value:
    table[key] = value
    _forget_first(table)
    return value


def _forget_first(table: dict[Key, Value]) -> None:
    if len(table) > MAX_KNOWN:
        del table[next(iter(table))]
