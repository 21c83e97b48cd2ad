"""Which node each client belongs to."""

from __future__ import annotations

from tests.domain.cluster.chats import ONE, TWO, Cluster
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.address import Address
from udpchat.domain.cluster.directory import SingleNode
from udpchat.domain.commands.people import ClientsListed


def test_each_node_sends_to_its_own_clients() -> None:
    """Every node knows all members, and sends to those that are its clients."""
    cluster = Cluster()
    cluster.handle("a", "hello", ONE)
    cluster.handle("b", "hello", TWO)
    assert (cluster.here("a"), cluster.here("b")) == (["10.0.0.1:1"], ["10.0.0.2:2"])
    listed = cluster.handle("b", "/list", TWO)["b"][0][1]
    assert isinstance(listed, ClientsListed)
    assert [str(each.address) for each in listed.members] == ["10.0.0.1:1", "10.0.0.2:2"]


def test_a_single_node_has_all_clients() -> None:
    """Every address is a client of the server, and stays the same."""
    directory, address = SingleNode(), MemoryAddress("10.0.0.1", 1)
    moved: Address = directory.moved(address, "b")
    assert (directory.node(address), directory.is_here(address), moved) == ("", True, address)
