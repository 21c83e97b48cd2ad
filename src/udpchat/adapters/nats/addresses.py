"""Whose client a peer is, where several servers serve one room: peers as text that all of them read alike.

The text is `NODE LISTENER HOST:PORT`, and where it is known the return path in hexadecimal, as `udp/address_codec.py`
has it for one server. A peer is identified by its node and `HOST:PORT`. The rest is needed to write to the peer, should
another node take it over.

Limit: a client that writes from one port to two addresses of a server is one member. It is answered from the address
that it wrote to first.
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

NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")  # what a node, or a room, may be called: it is part of names in the engine
MAX_KNOWN = 1 << 17  # peers of which the text is remembered, several times more than a room has

Key = TypeVar("Key")
Value = TypeVar("Value")


@attrs.frozen
class RemoteAddress:
    """A client of another node, at `where`: `HOST:PORT`, with brackets and a zone where IPv6 has them."""

    node: str
    where: str

    carrier = ""  # no carrier of this node reaches it

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
    """`codec.AddressCodec` and `NodeDirectory` of the node `own`, whose own peers `inner` spells and reads."""

    own: str
    inner: AddressCodec
    _mine: dict[str, Address] = attrs.field(factory=dict, init=False)  # where -> the peer that is there
    _settled: dict[Address, Address] = attrs.field(factory=dict, init=False)
    _texts: dict[Address, str] = attrs.field(factory=dict, init=False)  # of other nodes' peers, as last heard
    _read: dict[str, Address] = attrs.field(factory=dict, init=False)

    def node(self, address: Address) -> str:
        """Return the name of the node."""
        return address.node if isinstance(address, RemoteAddress) else self.own

    def is_here(self, address: Address) -> bool:
        """Say whether that is this very node."""
        return not isinstance(address, RemoteAddress)

    def moved(self, address: Address, node: str) -> Address:
        """Return the address of the same peer as a client of another node."""
        return self.decode(f"{node} {self.encode(address).partition(' ')[2]}")

    def settled(self, address: Address) -> Address:
        """Return the address by which one of our peers is known."""
        known = self._settled.get(address)
        if known is None:
            where = self.identity(address).partition(" ")[2]
            known = self._settled[address] = _remember(self._mine, where, self._mine.get(where, address))
            _forget_first(self._settled)
        return known

    def identity(self, address: Address) -> str:
        """Return who a peer is, as text that is the same on every node."""
        if isinstance(address, RemoteAddress):
            return f"{address.node} {address.where}"
        return f"{self.own} {self.inner.encode(address).split(' ')[1]}"

    def encode(self, address: Address) -> str:
        """Return a peer as text."""
        if isinstance(address, RemoteAddress):
            return self._texts.get(address) or f"{address.node} 0 {address.where}"
        return f"{self.own} {self.inner.encode(address)}"

    def decode(self, text: str) -> Address:
        """Return the peer that was spelt so; raise ValueError for what is none.

        One of ours that wrote to an address which is not listened on now is of this node, and not here.
        """
        known = self._read.get(text)
        if known is not None:
            return known
        node, _, rest = text.partition(" ")
        _, where, *_ = rest.split(" ")
        known = RemoteAddress(node, where)
        str(known), known.network  # raise for what is no address
        if node == self.own:
            with suppress(ValueError):
                known = self.settled(self.inner.decode(rest))
        if isinstance(known, RemoteAddress):
            self._read.pop(self._texts.get(known, ""), None)  # or a way that is taken again would not be noticed
            _remember(self._texts, cast("Address", known), text)
        return _remember(self._read, text, known)


def _remember(table: dict[Key, Value], key: Key, value: Value) -> Value:
    table[key] = value
    _forget_first(table)
    return value


def _forget_first(table: dict[Key, Value]) -> None:
    if len(table) > MAX_KNOWN:
        del table[next(iter(table))]
