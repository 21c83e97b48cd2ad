"""AudienceCache: which socket sends to which addresses of an audience, kept for the last audiences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import cast

import attrs

from udpchat.adapters.udp.address import UdpAddress
from udpchat.adapters.udp.return_paths import ReturnPaths
from udpchat.adapters.udp.sockets.datagram_socket import Route
from udpchat.domain.address import Address

MAX_AUDIENCES = 8  # rooms and groups that are sent to in turn; one of 10,000 takes 1.7 MB once it is prepared


@attrs.define(eq=False)
class _Audience:
    """An audience with its routes; `used` is the number of its last use."""

    addresses: Sequence[Address]
    routes: Sequence[Route]
    used: int = 0


@attrs.define(eq=False)
class AudienceCache:
    """The routes of the audiences that were used last.

    An audience is found by its identity, since comparing 10,000 addresses for each line would cost too much. The cache
    holds a reference to it, so that no other object gets its identity. When a return path changes, all are dropped.
    """

    paths: ReturnPaths
    _version: int = attrs.field(default=0, init=False)
    _uses: int = attrs.field(default=0, init=False)
    _audiences: dict[int, _Audience] = attrs.field(factory=dict, init=False)  # by identity

    def routes(self, addresses: Sequence[Address]) -> Sequence[Route]:
        """Return the routes of an audience, each for some of its addresses."""
        if len(addresses) == 1:  # it is cheap, and must not displace a room
            (address,) = cast("Sequence[UdpAddress]", addresses)
            return (Route(address.listener, self.paths.of(address), (address,)),)
        if self._version != self.paths.version:
            self._version = self.paths.version
            self._audiences.clear()
        audience = self._audiences.get(id(addresses))
        if audience is None:
            if len(self._audiences) == MAX_AUDIENCES:
                oldest = min(self._audiences.values(), key=lambda each: each.used)
                del self._audiences[id(oldest.addresses)]
            audience = _Audience(addresses, self._prepare(cast("Sequence[UdpAddress]", addresses)))
            self._audiences[id(addresses)] = audience
        self._uses = audience.used = self._uses + 1
        return audience.routes

    def _prepare(self, addresses: Sequence[UdpAddress]) -> list[Route]:
        """Group the addresses by socket and return path."""
        groups: defaultdict[tuple[bytes, bytes], list[UdpAddress]] = defaultdict(list)
        known, listener = self.paths.known, slice(UdpAddress.SOCKADDR_SIZE, UdpAddress.SIZE)
        for address in addresses:
            groups[address[listener], known.get(address, b"")].append(address)
        return [Route(theirs[0].listener, path, theirs) for (_, path), theirs in groups.items()]
