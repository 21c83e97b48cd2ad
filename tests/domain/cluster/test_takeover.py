"""A node takes over the clients of another node."""

from __future__ import annotations

from tests.domain.cluster.chats import ONE, THREE, TWO, Cluster, events
from udpchat.domain.cluster.failure_detector import LEASE
from udpchat.domain.commands.holding import BecameHolder, HolderChanged
from udpchat.domain.commands.presence import Left
from udpchat.domain.commands.rooms import TopicChanged
from udpchat.domain.commands.talk import Said
from udpchat.domain.grammar import GRAMMAR
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


def test_rooms_are_taken_over() -> None:
    """Clients of the new node are in their rooms and hold them. If one is there twice, the room passes to another."""
    cluster = Cluster("abc")
    cluster.handle("a", Started(Rules(), grammar=GRAMMAR))
    cluster.handle("a", "/join attic", ONE)
    cluster.handle("a", "/join kitchen", THREE)
    cluster.handle("b", "/join kitchen", TWO)
    cluster.handle("c", "hello", THREE)
    deliveries = cluster.handle("c", Started(Rules(), takes_over="a", grammar=GRAMMAR))["b"]
    assert [event.__class__ for event in events(deliveries)] == [Left, BecameHolder, HolderChanged]
    state = cluster.chats["b"].state
    assert [[state.directory.node(each) for each in room.members] for room in state.rooms] == [["c"], ["c"], ["b"]]
    changed = events(cluster.handle("c", "/topic stars", ONE)["b"])
    changed += events(cluster.handle("b", "/topic lunch", TWO)["b"])
    assert [event.topic for event in changed if isinstance(event, TopicChanged)] == ["stars", "lunch"]


def test_the_rooms_of_a_dead_node_pass_on_once() -> None:
    """Its clients hold a room one after the other while they leave, and only the client that stays is notified."""
    cluster = Cluster("ab")
    for node in "ab":
        cluster.handle(node, Started(Rules(), grammar=GRAMMAR))
    for node, client in (("a", ONE), ("a", THREE), ("b", TWO)):
        cluster.handle(node, "/join kitchen", client)
    for seconds in (0.0, LEASE):
        deliveries = cluster.handle("b", Heartbeat(steady=seconds))["b"]
    assert [event.__class__ for event in events(deliveries)] == [Left, Left, BecameHolder, HolderChanged]
