"""Addresses of peers."""

from __future__ import annotations

import pytest

from udpchat.adapters.udp.address import SockAddr, address_of, sockaddr_of


@pytest.mark.parametrize(
    ("sockaddr", "shown"),
    [
        (("127.0.0.1", 55265), "127.0.0.1:55265"),
        (("::1", 55265, 0, 0), "[::1]:55265"),
        (("::ffff:192.0.2.7", 1, 0, 0), "192.0.2.7:1"),
        (("fe80::1%eth0", 1, 0, 2), "[fe80::1]:1"),
    ],
)
def test_how_addresses_are_shown(sockaddr: SockAddr, shown: str) -> None:
    """An IPv6 address stands in brackets, an IPv4-mapped one is shown as IPv4."""
    address = address_of(sockaddr, 3)
    assert str(address) == shown
    assert address.listener == 3
    assert sockaddr_of(address) == ((sockaddr[0].partition("%")[0], *sockaddr[1:]))
    assert address.carrier == "udp"
