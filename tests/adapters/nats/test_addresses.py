"""Addresses of clients in a cluster, as text that all nodes read in the same way."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from udpchat.adapters.nats import addresses as nodes
from udpchat.adapters.nats.addresses import NAME, ClusterAddresses, RemoteAddress
from udpchat.adapters.udp.address import UdpAddress, address_of
from udpchat.adapters.udp.address_codec import UdpAddressCodec
from udpchat.adapters.udp.return_paths import ReturnPaths
from udpchat.adapters.udp.sockets.listen import listen
from udpchat.domain.address import Scope

PEER = address_of(("10.0.0.1", 5000), 0)


@pytest.fixture
def sockets() -> Iterator[list[socket.socket]]:
    """Give two sockets; one listens on all addresses."""
    with ExitStack() as stack:
        yield [stack.enter_context(sock) for host in ("0.0.0.0", "127.0.0.1") for sock in listen(host, 0)]  # noqa: S104


def made(node: str, sockets: list[socket.socket]) -> tuple[ClusterAddresses, ReturnPaths]:
    """Return the addresses of a node, and its return paths."""
    paths = ReturnPaths()
    return ClusterAddresses(node, UdpAddressCodec(sockets, paths)), paths


def test_all_nodes_read_an_address_alike(sockets: list[socket.socket]) -> None:
    """Its own node can write to it. Other nodes can show it, compare it and encode it with its return path."""
    home, paths = made("a", sockets)
    paths.learn(PEER, bytes(range(12)))
    text = home.encode(PEER)
    assert text == "a 0 10.0.0.1:5000 000102030405060708090a0b"
    there, _ = made("b", sockets)
    peer = there.decode(text)
    assert peer == there.decode(text) == RemoteAddress("a", "10.0.0.1:5000")
    assert there.encode(peer) == text
    assert (str(peer), peer.network) == (str(PEER), PEER.network)
    assert (there.node(peer), there.is_here(peer)) == ("a", False)
    assert (home.node(PEER), home.is_here(PEER)) == ("a", True)
    assert there.identity(peer) == home.identity(PEER) == "a 10.0.0.1:5000"
    assert home.decode(text) is not None
    assert home.decode(text) == PEER


def test_the_last_return_path_counts(sockets: list[socket.socket]) -> None:
    """Although it may be one that was used before."""
    there, _ = made("b", sockets)
    texts = [f"a 0 10.0.0.1:5000 {path * 24}" for path in "0120"]
    for text in texts:
        assert there.encode(there.decode(text)) == text


def test_a_node_can_write_to_a_client_that_it_took_over(sockets: list[socket.socket]) -> None:
    """By the return path that the client had at its old node."""
    there, paths = made("b", sockets)
    peer = there.decode("a 0 10.0.0.1:5000 000102030405060708090a0b")
    moved = there.moved(peer, "b")
    assert moved == PEER
    assert paths.of(PEER) == bytes(range(12))
    elsewhere = there.moved(moved, "c")
    assert there.encode(elsewhere) == "c 0 10.0.0.1:5000 000102030405060708090a0b"


def test_a_client_that_writes_to_two_of_our_addresses_is_one(sockets: list[socket.socket]) -> None:
    """It has the address that came first, so all nodes count the same number of clients."""
    home, _ = made("a", sockets)
    first, second = (address_of(("10.0.0.1", 5000), listener) for listener in (1, 0))
    assert home.settled(first) is first
    assert home.settled(second) is first
    assert home.settled(second) is first
    assert home.decode(home.encode(second)) is first


def test_ipv6_clients() -> None:
    """Brackets, zones and mapped addresses are shown as by their own node."""
    peer = RemoteAddress("a", "[fe80::1%3]:5000")
    assert (str(peer), peer.network.scope) == ("[fe80::1]:5000", Scope.PRIVATE)
    mapped = RemoteAddress("a", "[::ffff:10.0.0.1]:5000")
    assert (str(mapped), mapped.network) == (str(PEER), PEER.network)


@pytest.mark.parametrize("text", ["", "b", "b 0", "b 0 nowhere:1", "b 0 10.0.0.1:x", "a 0 nowhere:1", "a 0 [::g]:5"])
def test_text_without_an_address_is_refused(text: str) -> None:
    """With a ValueError."""
    with listen("127.0.0.1", 0)[0] as sock, pytest.raises(ValueError, match=r".*"):
        made("a", [sock])[0].decode(text)


def test_a_client_of_an_address_on_which_we_no_longer_listen_is_ours_and_not_here() -> None:
    """It counts, as it does on every node, and this node cannot write to it."""
    with listen("127.0.0.1", 0)[0] as sock:
        home, _ = made("a", [sock])
        peer = home.decode("a 1 [::1]:5000")
        assert (home.node(peer), home.is_here(peer)) == ("a", False)
        assert home.identity(peer) == "a [::1]:5000"
        assert home.encode(home.settled(peer)) == "a 1 [::1]:5000"


def test_the_tables_are_bounded(sockets: list[socket.socket], monkeypatch: pytest.MonkeyPatch) -> None:
    """However many clients there are; one that was forgotten is encoded without its return path."""
    monkeypatch.setattr(nodes, "MAX_KNOWN", 3)
    home, _ = made("b", sockets)
    clients = [home.decode(f"a 0 10.0.0.{number}:1 {'0' * 24}") for number in range(10)]
    own = [home.settled(address_of((f"10.0.0.{number}", 1), 0)) for number in range(10)]
    sizes = (len(home._first), len(home._settled), len(home._texts), len(home._decoded))  # noqa: SLF001 - the tables
    assert max(sizes) <= 3
    assert home.encode(clients[0]) == "a 0 10.0.0.0:1"
    assert all(isinstance(each, UdpAddress) for each in own)


def test_names() -> None:
    """A node or a cluster has a name of letters, digits, - and _."""
    assert all(NAME.fullmatch(name) for name in ("a", "node-1", "A_b", "x" * 32))
    assert not any(NAME.fullmatch(name) for name in ("", "a b", "a.b", "a>", "é", "x" * 33, "a\n"))
