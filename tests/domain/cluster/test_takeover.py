"""A node takes over the clients of another node."""

from __future__ import annotations

from tests.domain.cluster.chats import ONE, THREE, TWO, Cluster, events
from udpchat.domain.commands.presence import Left
from udpchat.domain.commands.talk import Said
from udpchat.domain.rooms.inputs import Heartbeat, Rules, Started


def test_a_node_takes_over_the_clients_of_another() -> None:
    """They keep their nicknames and places, the new node sends to them, and they may ask for what they missed."""
    cluster = Cluster("abc")
    cluster.handle("a", Started(Rules()))
    cluster.handle("a", "/nick bob", ONE)
    cluster.handle("b", "hello", TWO)
    cluster.handle("a", "hello", THREE)
    cluster.handle("a", Heartbeat(said=2))
    cluster.handle("b", "while a was away", TWO)
    order = [member.nickname for member in cluster.chats["b"].state.roster]
    cluster.handle("c", Started(Rules(), takes_over="a"))
    assert [member.nickname for member in cluster.chats["b"].state.roster] == order
    assert cluster.here("a") == []
    assert cluster.here("c") == ["10.0.0.1:1", "10.0.0.3:3"]
    assert cluster.missed("c", ONE) == ["while a was away"]
    delivered = events(cluster.handle("c", "still here", ONE)["b"])
    assert [(event.nickname, event.text) for event in delivered if isinstance(event, Said)] == [("bob", "still here")]
    assert set(cluster.chats["b"].state.nodes.alive) == {"b", "c"}


def test_a_client_that_left_before_a_takeover_may_ask_for_what_it_missed() -> None:
    """Clients that are away move to the new node too."""
    cluster = Cluster("abc")
    cluster.handle("a", "hello", ONE)
    cluster.handle("a", "/quit", ONE)
    cluster.handle("b", "hello", TWO)
    cluster.handle("c", Started(Rules(), takes_over="a"))
    cluster.handle("c", "back", ONE)
    assert cluster.missed("c", ONE) == ["hello"]


def test_a_client_of_both_nodes_is_one_member_after_a_takeover() -> None:
    """The member that was a client of the other node leaves."""
    cluster = Cluster("abc")
    cluster.handle("a", "/nick old", ONE)
    cluster.handle("c", "/nick young", ONE)
    left = events(cluster.handle("c", Started(Rules(), takes_over="a"))["c"])
    assert [event.nickname for event in left if isinstance(event, Left)] == ["old"]
    assert [member.nickname for member in cluster.chats["b"].state.roster] == ["young"]


def test_an_unknown_node_can_be_taken_over() -> None:
    """It has no clients, so nothing happens."""
    cluster = Cluster()
    assert cluster.handle("b", Started(Rules(), takes_over="a"))["b"] == []
