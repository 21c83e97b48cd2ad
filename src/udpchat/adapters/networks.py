"""The network that an IP address belongs to, and how far it reaches.

The lists come from the RFCs. `ipaddress.is_private` also counts documentation and other special ranges as private, but
a client from such a range is a stranger.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from udpchat.domain.address import Network, Scope

MAX_KNOWN = 1 << 14  # addresses whose network is cached; without the cache it costs 2 us

_PREFIX = {4: 4, 16: 8}  # bytes of an address -> bytes of its network: IPv4 /32, IPv6 /64
_MAPPED = bytes(10) + b"\xff\xff"  # RFC 4291 section 2.5.5.2
_LOOPBACK = ("127.0.0.0/8", "::1/128")
_PRIVATE = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),  # RFC 1918
    "169.254.0.0/16",  # RFC 3927, link-local
    "fc00::/7",  # RFC 4193
    "fe80::/10",  # RFC 4291, link-local
)


def _known(ranges: tuple[str, ...]) -> tuple[tuple[int, int, int], ...]:
    """Return each range as the length of its addresses in bytes, its mask, and its first address."""
    nets: list[IPv4Network | IPv6Network] = [ip_network(each) for each in ranges]
    return tuple((net.max_prefixlen // 8, int(net.netmask), int(net.network_address)) for net in nets)


_SCOPES = ((Scope.LOOPBACK, _known(_LOOPBACK)), (Scope.PRIVATE, _known(_PRIVATE)))


@lru_cache(maxsize=MAX_KNOWN)
def network_of(packed: bytes) -> Network:
    """Return the network of an address of 4 or 16 bytes in network order; an IPv4-mapped one is IPv4."""
    packed = packed.removeprefix(_MAPPED)
    number, size = int.from_bytes(packed), len(packed)
    for scope, ranges in _SCOPES:
        if any(size == length and number & mask == first for length, mask, first in ranges):
            return Network(packed[: _PREFIX[size]], scope)
    return Network(packed[: _PREFIX[size]], Scope.GLOBAL)


@lru_cache(maxsize=MAX_KNOWN)
def network_of_host(host: str) -> Network:
    """Return the network of an address in its text form."""
    return network_of(ip_address(host).packed)
