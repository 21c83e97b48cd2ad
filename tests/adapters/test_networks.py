"""The network that an address belongs to, and how far it reaches."""

from __future__ import annotations

import pytest

from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.networks import network_of_host
from udpchat.adapters.udp.address import address_of
from udpchat.domain.address import Scope


@pytest.mark.parametrize(
    ("host", "scope", "prefix"),
    [
        ("127.0.0.1", Scope.LOOPBACK, "7f000001"),
        ("127.255.0.9", Scope.LOOPBACK, "7fff0009"),
        ("::1", Scope.LOOPBACK, "0000000000000000"),
        ("::2", Scope.GLOBAL, "0000000000000000"),
        ("10.1.2.3", Scope.PRIVATE, "0a010203"),
        ("172.16.0.1", Scope.PRIVATE, "ac100001"),
        ("172.32.0.1", Scope.GLOBAL, "ac200001"),
        ("192.168.1.1", Scope.PRIVATE, "c0a80101"),
        ("169.254.7.7", Scope.PRIVATE, "a9fe0707"),
        ("100.64.0.1", Scope.GLOBAL, "64400001"),
        ("203.0.113.7", Scope.GLOBAL, "cb007107"),
        ("0.0.0.0", Scope.GLOBAL, "00000000"),  # noqa: S104 - no datagram has it as its source
        ("fe80::1", Scope.PRIVATE, "fe80000000000000"),
        ("fd12:3456:789a:1::1", Scope.PRIVATE, "fd123456789a0001"),
        ("2001:db8:1:2:3:4:5:6", Scope.GLOBAL, "20010db800010002"),
        ("::ffff:127.0.0.1", Scope.LOOPBACK, "7f000001"),
        ("::ffff:203.0.113.7", Scope.GLOBAL, "cb007107"),
    ],
)
def test_networks(host: str, scope: Scope, prefix: str) -> None:
    """A network is an IPv4 /32 or an IPv6 /64, with the scope of the RFCs; documentation is global."""
    network = network_of_host(host)
    assert (network.scope, network.prefix.hex()) == (scope, prefix)
    sockaddr = (host, 1, 0, 0) if ":" in host else (host, 1)
    assert address_of(sockaddr, 0).network == network
    assert MemoryAddress(host, 1).network == network
