"""Addresses of clients that have a connection.

An address is text in bytes, as journals store it: `[HOST%CARRIER-PROCESS-NUMBER]:PORT`, so that no two connections ever
have the same. A later connection from the same port is another client, perhaps of another person. Earlier versions take
what follows the host for the zone of an address, and can read it.
"""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from itertools import count

from udpchat.adapters.networks import network_of_host
from udpchat.adapters.udp.address import SockAddr, show
from udpchat.domain.address import Network

MAX_KNOWN = 1 << 14  # addresses whose network is cached: more than there are clients by default
PROCESS_BYTES = 8  # of the random number of a process: no two servers of a journal or a cluster have the same

_numbers = count(1)


class TcpAddress(bytes):
    """A client that has a connection. Equal addresses are the same connection."""

    __slots__ = ()

    carrier = "tcp"
    proven = True  # it has answered: the handshake of TCP shows that it receives what is sent to its address

    @property
    def host(self) -> str:
        """The IP address."""
        return self[1:].decode().partition("%")[0]

    @property
    def port(self) -> int:
        """The port."""
        return int(self.rpartition(b":")[2])

    @property
    def network(self) -> Network:
        """The network that the host is in."""
        return _network(self)

    @property
    def is_ours(self) -> bool:
        """Whether this process has made it, so that it may have a connection now."""
        return self.find(f"-{_process(os.getpid())}-".encode()) > 0

    def __str__(self) -> str:
        return show((self.host, self.port))


class WebSocketAddress(TcpAddress):
    """A client that has a WebSocket."""

    __slots__ = ()

    carrier = "websocket"


ADDRESSES: dict[str, type[TcpAddress]] = {each.carrier: each for each in (TcpAddress, WebSocketAddress)}


@lru_cache(maxsize=1)
def _process(_: int) -> str:
    """Return what a process has in its addresses: a random number, and another one in a copy of the process."""
    return secrets.token_hex(PROCESS_BYTES)


@lru_cache(maxsize=MAX_KNOWN)
def _network(address: TcpAddress) -> Network:
    return network_of_host(address.host)


def new_address(carrier: str, peer: SockAddr) -> TcpAddress:
    """Return the address of a new connection from `peer`, whose client is reached by this carrier."""
    host = peer[0].partition("%")[0]
    return ADDRESSES[carrier](f"[{host}%{carrier}-{_process(os.getpid())}-{next(_numbers):x}]:{peer[1]}".encode())


def parse(text: str) -> TcpAddress:
    """Return the address with this text; raise ValueError for any other text."""
    carrier = text.partition("%")[2].partition("-")[0]
    if carrier not in ADDRESSES:
        raise ValueError(f"{text} is no address of a connection")
    address = ADDRESSES[carrier](text.encode())
    str(address), address.network  # both raise ValueError for what is not an address
    return address
