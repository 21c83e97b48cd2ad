"""Addresses of connections, and their text in a journal."""

from __future__ import annotations

import pytest

from udpchat.adapters.nats.addresses import ClusterAddresses, RemoteAddress
from udpchat.adapters.networks import network_of_host
from udpchat.adapters.tcp.address import TcpAddress, WebSocketAddress, new_address, parse
from udpchat.adapters.tcp.address_codec import ConnectionCodec
from udpchat.adapters.udp.address import address_of
from udpchat.adapters.udp.address_codec import OfflineAddressCodec

PEERS = {
    ("192.0.2.1", 5555): "192.0.2.1:5555",
    ("2001:db8::1", 5555, 0, 0): "[2001:db8::1]:5555",
    ("fe80::1%eth0", 5555, 0, 2): "[fe80::1]:5555",
    ("::ffff:192.0.2.1", 5555, 0, 0): "192.0.2.1:5555",
}
BEFORE = "0 [192.0.2.1%tcp-0123456789abcdef-1]:5555"  # of another process


@pytest.mark.parametrize("peer", PEERS, ids=str)
@pytest.mark.parametrize("carrier", ["tcp", "websocket"])
def test_addresses(peer: tuple[str, int], carrier: str) -> None:
    """An address shows as over UDP, knows its carrier and its network, and comes back from its text."""
    address = new_address(carrier, peer)
    assert str(address) == PEERS[peer]
    assert address.carrier == carrier
    assert address.proven
    assert address.is_ours
    assert address.port == 5555
    assert address.network == network_of_host(peer[0].partition("%")[0].removeprefix("::ffff:"))
    codec = ConnectionCodec(OfflineAddressCodec(), live=True)
    again = codec.decode(codec.encode(address))
    assert again == address
    assert type(again) is (WebSocketAddress if carrier == "websocket" else TcpAddress)


def test_each_connection_has_its_own() -> None:
    """A later connection from the same port is another client, and so is one over UDP."""
    peer = ("192.0.2.1", 5555)
    addresses = [new_address("tcp", peer), new_address("tcp", peer), new_address("websocket", peer)]
    assert len({*addresses, address_of(peer, 0)}) == 4


def test_connections_of_the_server_before() -> None:
    """A journal that has them can be read; where all must be live, they are refused as clients out of reach."""
    before = ConnectionCodec(OfflineAddressCodec()).decode(BEFORE)
    assert isinstance(before, TcpAddress)
    assert not before.is_ours
    with pytest.raises(ValueError, match="had a connection to another server"):
        ConnectionCodec(OfflineAddressCodec(), live=True).decode(BEFORE)


@pytest.mark.parametrize(
    "text",
    ["", "0", "0 x-y", "0 [192.0.2.1%other-0-1]:5", "0 [192.0.2%tcp-0-1]:5", "0 [192.0.2.1%tcp-0-1]:x", "0 [%tcp-0-1]"],
)
def test_what_is_no_address(text: str) -> None:
    """Any other text is refused with a ValueError."""
    with pytest.raises(ValueError, match=r".*"):
        ConnectionCodec(OfflineAddressCodec()).decode(text)
    with pytest.raises(ValueError, match=r".*"):
        parse(text)


def test_a_cluster() -> None:
    """A connection is one client on all nodes, and no client of its node once the process has ended."""
    address = new_address("tcp", ("192.0.2.1", 5555))
    own = ClusterAddresses("a", ConnectionCodec(OfflineAddressCodec(), live=True))
    other = ClusterAddresses("b", ConnectionCodec(OfflineAddressCodec(), live=True))
    text = own.encode(address)
    assert own.decode(text) == address
    assert own.is_here(own.decode(text))
    remote = other.decode(text)
    assert isinstance(remote, RemoteAddress)
    assert other.identity(remote) == own.identity(address)
    assert str(remote) == str(address)
    assert remote.network == address.network
    lost = own.decode(f"a {BEFORE}")
    assert own.node(lost) == "a"
    assert not own.is_here(lost)
