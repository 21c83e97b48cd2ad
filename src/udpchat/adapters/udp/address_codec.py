"""Peers as text for a journal: `LISTENER HOST:PORT`, and the return path in hexadecimal if it is known.

After a restart the server must know each peer, the socket that the peer wrote to, and the local address.

Limit: if the server listens elsewhere than before, a peer gets the first socket of its family.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from typing import cast

import attrs

from udpchat.adapters.udp.address import UdpAddress, address_of, sockaddr_of
from udpchat.adapters.udp.return_paths import ReturnPaths, path_size
from udpchat.domain.address import Address

MAX_KNOWN = 1 << 15  # cached texts: each line of a busy room needs one


class NotListening(ValueError):  # noqa: N818 - the name is the cause
    """A peer cannot be written to: we have no socket of its family now."""


@attrs.define(eq=False)
class UdpAddressCodec:
    """`codec.AddressCodec` for the peers of these sockets. Decoding an address learns its path."""

    sockets: Sequence[socket.socket]
    paths: ReturnPaths
    _known: dict[Address, tuple[bytes, str]] = attrs.field(factory=dict, init=False)  # the path in a text, and the text

    def encode(self, address: Address) -> str:
        """Return a peer as text."""
        peer = cast("UdpAddress", address)
        path, known = self.paths.of(peer), self._known.get(peer)
        if known is not None and known[0] == path:
            return known[1]
        if len(self._known) > MAX_KNOWN:
            self._known.clear()
        text = f"{_encoded(peer)} {path.hex()}".rstrip()
        self._known[peer] = path, text
        return text

    def decode(self, text: str) -> UdpAddress:
        """Return the peer of a text; raise ValueError for any other text, or if no socket is of the peer's family."""
        listener, where, path = _parts(text)
        family = socket.AF_INET6 if where[:1] == "[" else socket.AF_INET
        fitting = [number for number, sock in enumerate(self.sockets) if sock.family == family]
        if not fitting:
            raise NotListening(f"{where} wrote to an address that is not listened on now; listen there, as --host")
        ours = listener if listener in fitting else fitting[0]
        address = _address(where, ours)
        if path and len(path) == path_size(self.sockets[ours]):
            self.paths.learn(address, path)
        return address


@attrs.define(eq=False)
class LenientAddressCodec:
    """`codec.AddressCodec` that also decodes peers that cannot be written to now, and encodes them to the same text.

    Most of them left the room long ago. `check` finds out whether some are still in it.
    """

    inner: UdpAddressCodec
    _lost: dict[Address, tuple[str, NotListening]] = attrs.field(factory=dict, init=False)

    def encode(self, address: Address) -> str:
        """Return a peer as text."""
        return self._lost[address][0] if address in self._lost else self.inner.encode(address)

    def decode(self, text: str) -> UdpAddress:
        """Return the peer of a text; raise ValueError for any other text."""
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
    """`codec.AddressCodec` for tools that read a journal and send nothing."""

    def encode(self, address: Address) -> str:
        """Return a peer as text without its path."""
        return _encoded(cast("UdpAddress", address))

    def decode(self, text: str) -> UdpAddress:
        """Return the peer of a text; raise ValueError for any other text."""
        listener, where, _ = _parts(text)
        return _address(where, listener)


def _encoded(address: UdpAddress) -> str:
    host, port, *rest = sockaddr_of(address)
    scope = f"%{rest[1]}" if rest and rest[1] else ""
    return f"{address.listener} {f'[{host}{scope}]' if rest else host}:{port}"


def _parts(text: str) -> tuple[int, str, bytes]:
    """Return the listener, `HOST:PORT` and the path; raise ValueError if the text has other parts."""
    listener, where, *path = text.split(" ")
    return int(listener), where, bytes.fromhex(path[0]) if path else b""


def _address(where: str, listener: int) -> UdpAddress:
    """Return the address at `HOST:PORT`; raise ValueError if it is not an address."""
    host, _, port = where.rpartition(":")
    try:
        if host[:1] == "[":
            host, _, scope = host.strip("[]").partition("%")
            return address_of((host, int(port), 0, int(scope or 0)), listener)
        return address_of((host, int(port)), listener)
    except OSError as exc:
        raise ValueError(f"{where} is no address") from exc
