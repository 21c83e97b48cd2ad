"""The address of a client behind proxies that the operator trusts.

Each proxy appends the address that it sees to `X-Forwarded-For`. What a client has written there itself stands in front
and counts for nothing: from the end, the first address that is no trusted proxy is the client.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import attrs

from udpchat.adapters.host_port import split_host
from udpchat.adapters.udp.address import SockAddr
from udpchat.domain.address import Network

IPV4_BYTES = 4  # of the prefix of a network
MAX_HOPS = 16  # addresses that are looked at, from the end; more proxies than anybody has

IpNetwork = IPv4Network | IPv6Network


class ProxyError(ValueError):
    """A network that cannot be read."""


@attrs.frozen
class Proxies:
    """The networks that limits count as one source, in which a trusted proxy is."""

    trusted: tuple[IpNetwork, ...]

    def __contains__(self, network: object) -> bool:
        if not isinstance(network, Network):
            return False
        prefix = network.prefix
        mine: IpNetwork = IPv4Network(prefix) if len(prefix) == IPV4_BYTES else IPv6Network((prefix + bytes(8), 64))
        return any(mine.version == each.version and mine.overlaps(each) for each in self.trusted)


def read_networks(text: str) -> tuple[IpNetwork, ...]:
    """Read networks or addresses with commas between them. Raise `ProxyError`."""
    try:
        return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())
    except ValueError as exc:
        raise ProxyError(f"{exc}, a network looks like 10.0.0.0/8 or 2001:db8::/48") from exc


def is_trusted(peer: SockAddr, trusted: tuple[IpNetwork, ...]) -> bool:
    """Return whether a connection comes from a proxy that the operator trusts."""
    return _is_in(_address(peer[0]), trusted)


def client_behind(peer: SockAddr, forwarded: Iterable[str], trusted: tuple[IpNetwork, ...]) -> SockAddr | None:
    """Return the address of the client, with the port of the proxy's connection; None if it is `peer` itself.

    `forwarded` has the values of `X-Forwarded-For`. The port tells the clients of one address apart: each has a
    connection of the proxy of its own.
    """
    if not is_trusted(peer, trusted):
        return None
    client = None
    for word in reversed(",".join(forwarded).split(",")[-MAX_HOPS:]):
        host, _ = split_host(word.strip()) or (word.strip(), None)  # some proxies add the port
        client = _address(host)
        if client is None:
            return None  # unreadable: whoever wrote it, the proxy is all that is known
        if not _is_in(client, trusted):
            break
    return None if client is None else _sockaddr(client, peer[1])


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _is_in(address: IPv4Address | IPv6Address | None, trusted: tuple[IpNetwork, ...]) -> bool:
    return address is not None and any(address in network for network in trusted)


def _sockaddr(address: IPv4Address | IPv6Address, port: int) -> SockAddr:
    return (str(address), port) if isinstance(address, IPv4Address) else (str(address), port, 0, 0)
