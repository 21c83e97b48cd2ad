"""Clients behind proxies that the operator trusts."""

from __future__ import annotations

import pytest

from tests.adapters.websocket.browser import Browser, connection
from udpchat.adapters.networks import network_of_host
from udpchat.adapters.udp.address import SockAddr
from udpchat.adapters.websocket.proxies import MAX_HOPS, Proxies, ProxyError, client_behind, read_networks

TRUSTED = read_networks("127.0.0.0/8, ::1, 10.0.0.0/8")
PROXY: SockAddr = ("127.0.0.1", 40_000)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        (PROXY, ["203.0.113.9"], ("203.0.113.9", 40_000)),
        (PROXY, ["198.51.100.1, 203.0.113.9"], ("203.0.113.9", 40_000)),  # the first one is what the client claims
        (PROXY, ["198.51.100.1", "203.0.113.9, 10.0.0.2"], ("203.0.113.9", 40_000)),
        (PROXY, ["10.0.0.3, 10.0.0.2"], ("10.0.0.3", 40_000)),  # all are trusted: the first of them asked
        (PROXY, ["2001:db8::9"], ("2001:db8::9", 40_000, 0, 0)),
        (PROXY, ["[2001:db8::9]:443"], ("2001:db8::9", 40_000, 0, 0)),
        (PROXY, ["203.0.113.9:5555"], ("203.0.113.9", 40_000)),
        (PROXY, ["::ffff:203.0.113.9"], ("203.0.113.9", 40_000)),
        (("::ffff:127.0.0.1", 40_000, 0, 0), ["203.0.113.9"], ("203.0.113.9", 40_000)),
        (PROXY, ["203.0.113.9, unknown"], None),
        (PROXY, [], None),
        (("203.0.113.5", 40_000), ["198.51.100.1"], None),  # anybody can write the field
    ],
)
def test_the_last_address_that_is_no_proxy_is_the_client(
    peer: SockAddr, forwarded: list[str], client: SockAddr | None
) -> None:
    """Only what trusted proxies have appended counts."""
    assert client_behind(peer, forwarded, TRUSTED) == client


def test_a_long_list_is_bounded() -> None:
    """A client that writes many addresses into the field costs nothing more."""
    assert client_behind(PROXY, [", ".join(["10.0.0.1"] * 10_000)], TRUSTED) == ("10.0.0.1", 40_000)
    assert MAX_HOPS < 100


@pytest.mark.parametrize(
    ("host", "is_proxy"),
    [
        ("10.1.2.3", True),
        ("11.0.0.1", False),
        ("2001:db8::5", True),
        ("2001:db8:0:1::5", False),
        ("::ffff:10.1.2.3", True),
    ],
)
def test_connections_of_proxies_are_not_of_one_client(host: str, *, is_proxy: bool) -> None:
    """All clients behind a proxy have its connections, so the bound for the connections of a network is not for it."""
    proxies = Proxies(read_networks("10.0.0.0/8, 2001:db8::1"))
    assert (network_of_host(host) in proxies) is is_proxy
    assert "10.1.2.3" not in proxies


def test_networks_that_cannot_be_read_are_named() -> None:
    """The error says what is wrong, and what a network looks like."""
    with pytest.raises(ProxyError, match=r"10\.0\.0\.1/8 has host bits set, a network looks like"):
        read_networks("10.0.0.1/8")


def test_a_websocket_has_the_address_of_its_client() -> None:
    """Behind a trusted proxy, limits and bans are for the client and not for the proxy."""
    browser = Browser(connection(trusted="127.0.0.1", peer=PROXY))
    browser.open(X_Forwarded_For="203.0.113.9")
    assert browser.web.peer == ("203.0.113.9", 40_000)
    plain = Browser(connection(peer=PROXY))
    plain.open(X_Forwarded_For="203.0.113.9")
    assert plain.web.peer is None
