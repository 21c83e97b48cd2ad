"""Addresses of peers, and the networks they are in."""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from typing import Protocol

import attrs


class Scope(Enum):
    """How far an address reaches: RFC 1122 and RFC 4291 loopback; RFC 1918, 3927, 4193, 4291 private; all others."""

    LOOPBACK = "loopback"
    PRIVATE = "private"  # link-local too
    GLOBAL = "global"


@attrs.frozen
class Network:
    """The unit that limits count as one source: an IPv4 address (4 bytes) or an IPv6 /64 (8 bytes), and its scope."""

    prefix: bytes
    scope: Scope


class Address(Hashable, Protocol):
    """The address of a peer: made by a carrier, compared by the domain, and shown by `str()` as `address:port`."""

    @property
    def carrier(self) -> str:
        """The name of the carrier that reaches it, or "" if no carrier of this server does."""

    @property
    def network(self) -> Network:
        """The network it is in; an IPv4-mapped address is in the network of the IPv4 address."""

    @property
    def proven(self) -> bool:
        """Whether its client surely receives what is sent there, because it has a connection.

        Where this is false, anybody may have forged the address.
        """
