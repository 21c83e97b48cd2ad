"""Senders that must not or cannot be answered: ourselves, and port 0. Source: RFC 768."""

from __future__ import annotations

import socket
from functools import lru_cache
from typing import cast

from udpchat.adapters.udp.address import MAX_KNOWN, UdpAddress, sockaddr_of
from udpchat.domain.drop_reason import DropReason

NO_PORT = bytes(2)  # the source port of a sender that wants no reply


def own_port(sock: socket.socket) -> bytes:
    """Return the port that a socket is bound to, in network byte order like `UdpAddress.port`."""
    return cast("int", sock.getsockname()[1]).to_bytes(2)


def unanswerable(address: UdpAddress, own: bytes) -> DropReason | None:
    """Return why a datagram from `address` must be dropped, or None if it may be read.

    `own` is our port. A forged datagram that claims to come from ourselves would let the room talk to itself for ever.
    """
    if address.port == own and is_this_machine(address):
        return DropReason.OWN_ADDRESS
    return DropReason.NO_REPLY if address.port == NO_PORT else None


@lru_cache(maxsize=MAX_KNOWN)
def is_this_machine(address: UdpAddress) -> bool:
    """Say whether the address belongs to this machine: only then a socket can be bound to it."""
    host, _, *rest = sockaddr_of(address)
    with socket.socket(socket.AF_INET6 if rest else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, 0, *rest))
        except OSError:
            return False
        return True
