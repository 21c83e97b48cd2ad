"""Peers as text that a journal keeps: `LISTENER HOST:PORT`, and where it is known the way back, in hexadecimal.

A restart must find again not only who a peer is but which of our sockets it wrote to, and at which of our addresses.

What it can not do: find the socket again where the server listens elsewhere than before; then it is the first of the
same family.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from typing import cast

import attrs

from udpchat.adapters.udp.return_paths import SIZE, ReturnPaths, listens_everywhere
from udpchat.adapters.udp.sockets import UdpAddress, address_of, sockaddr_of
from udpchat.domain.address import Address

MAX_KNOWN = 1 << 15  # spellings remembered, since each line of a busy room needs one


class NotListening(ValueError):  # noqa: N818 - it is told as it is
    """A peer cannot be written to: we have no socket of its family now."""


@attrs.define(eq=False)
class UdpAddressCodec:
    """`codec.AddressCodec` for the peers of these sockets; to read an address is to learn its path."""

    sockets: Sequence[socket.socket]
    paths: ReturnPaths
    _known: dict[Address, tuple[bytes, str]] = attrs.field(factory=dict, init=False)  # the way in a text, and the text

    def encode(self, address: Address) -> str:
        """Return a peer as text."""
        peer = cast("UdpAddress", address)
        way, known = self.paths.of(peer), self._known.get(peer)
        if known is not None and known[0] == way:
            return known[1]
        if len(self._known) > MAX_KNOWN:
            self._known.clear()
        text = f"{_spelt(peer)} {way.hex()}".rstrip()
        self._known[peer] = way, text
        return text

    def decode(self, text: str) -> UdpAddress:
        """Return a peer that was spelt so; raise ValueError for what is none, or of a family with no socket."""
        listener, where, way = _parts(text)
        family = socket.AF_INET6 if where[:1] == "[" else socket.AF_INET
        fitting = [number for number, sock in enumerate(self.sockets) if sock.family == family]
        if not fitting:
            raise NotListening(f"{where} wrote to an address that is not listened on now; listen there, as --host")
        ours = listener if listener in fitting else fitting[0]
        address = _address(where, ours)
        if len(way) == SIZE[family] and listens_everywhere(self.sockets[ours]):
            self.paths.learn(address, way)
        return address


@attrs.define(eq=False)
class LenientAddressCodec:
    """`codec.AddressCodec` that also reads peers who cannot be written to now, and spells them as they were.

    Most of them left long ago, and the room goes on as it would have with them. Who is still in it is to be checked.
    """

    inner: UdpAddressCodec
    _lost: dict[Address, tuple[str, NotListening]] = attrs.field(factory=dict, init=False)

    def encode(self, address: Address) -> str:
        """Return a peer as text."""
        return self._lost[address][0] if address in self._lost else self.inner.encode(address)

    def decode(self, text: str) -> UdpAddress:
        """Return a peer that was spelt so; raise ValueError for what is none."""
        try:
            return self.inner.decode(text)
        except NotListening as exc:
            address = OfflineAddressCodec().decode(text)
            self._lost[address] = text, exc
            return address

    def check(self, addresses: Iterable[Address]) -> None:
        """Raise `NotListening` if one of these cannot be written to."""
        for address in addresses:
            if address in self._lost:
                raise self._lost[address][1]


class OfflineAddressCodec:
    """`codec.AddressCodec` for who only looks at a journal, and writes to nobody."""

    def encode(self, address: Address) -> str:
        """Return a peer as text, without its way."""
        return _spelt(cast("UdpAddress", address))

    def decode(self, text: str) -> UdpAddress:
        """Return a peer that was spelt; raise ValueError for what is none."""
        listener, where, _ = _parts(text)
        return _address(where, listener)


def _spelt(address: UdpAddress) -> str:
    host, port, *rest = sockaddr_of(address)
    scope = f"%{rest[1]}" if rest and rest[1] else ""
    return f"{address.listener} {f'[{host}{scope}]' if rest else host}:{port}"


def _parts(text: str) -> tuple[int, str, bytes]:
    """Return the listener, `HOST:PORT` and the way; raise ValueError where there are none."""
    listener, where, *way = text.split(" ")
    return int(listener), where, bytes.fromhex(way[0]) if way else b""


def _address(where: str, listener: int) -> UdpAddress:
    """Return the address at `HOST:PORT`; raise ValueError where there is none."""
    host, _, port = where.rpartition(":")
    try:
        if host[:1] == "[":
            host, _, scope = host.strip("[]").partition("%")
            return address_of((host, int(port), 0, int(scope or 0)), listener)
        return address_of((host, int(port)), listener)
    except OSError as exc:
        raise ValueError(f"{where} is no address") from exc
