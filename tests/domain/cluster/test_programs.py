"""Programs whose node is lost, and that go on at another one: numbers, sessions and states are the same everywhere."""

from __future__ import annotations

from typing import Any

from tests.domain.cluster.chats import DIRECTORIES, ONE, THREE, TWO, Cluster, events
from udpchat.domain.cluster.failure_detector import LEASE
from udpchat.domain.commands.presence import Left
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.rooms.inputs import Heartbeat, Rules, SessionOver, Started
from udpchat.domain.rooms.programs.answers import CaughtUp, Resent, Welcome
from udpchat.domain.rooms.requests import Hello, Numbered, Places, Since

NOWHERE = Places((("lobby", 0),), 0)


def started(nodes: str = "ab") -> Cluster:
    """Return a cluster of nodes that know programs, with a program at node a and somebody with text at node b."""
    cluster = Cluster(nodes)
    for node in nodes:
        cluster.handle(node, Started(Rules(), grammar=GRAMMAR))
    cluster.handle("b", "", TWO)
    cluster.handle("a", Hello("bot", next_session="s1"), ONE)
    return cluster


def fail(cluster: Cluster) -> list[Any]:
    """Let node a be silent for the whole of its lease; return the events that node b delivers because of it."""
    cluster.handle("a", Heartbeat())
    cluster.handle("b", Heartbeat())
    return events(cluster.handle("b", Heartbeat(steady=LEASE))["b"])


def resent(delivered: list[Any]) -> list[Resent]:
    """Return what is sent again among some events."""
    return [
        each for event in delivered if isinstance(event, CaughtUp) for each in event.items if isinstance(each, Resent)
    ]


def test_a_program_moves_to_another_node_and_misses_nothing() -> None:
    """Its node ends, it shows its session to another one, and asks for what came after the last that it has."""
    cluster = started()
    cluster.handle("a", Numbered("good morning", 1), ONE)
    assert fail(cluster) == []
    for text in ("anybody here?", "/nick tim", "/msg bot psst"):
        cluster.handle("b", text, TWO)
    delivered = cluster.handle("b", Hello("", "s1", Places((("lobby", 1),), 0), "s2"), THREE)
    assert cluster.here("b") == ["10.0.0.2:2", "10.0.0.3:3"]
    assert [member.nickname for member in cluster.chats["a"].state.roster] == ["tim", "bot"]
    welcome, *others = events(delivered["b"])
    assert isinstance(welcome, Welcome)
    assert [(each.room, each.seq, each.own) for each in resent(others)] == [
        ("lobby", 2, 0),
        ("lobby", 3, 0),
        ("", 0, 1),
    ]
    again = events(cluster.handle("b", Numbered("good morning", 1), THREE)["b"])
    assert [event.seq for event in again] == [1]  # type: ignore[attr-defined]


def test_a_program_of_a_dead_node_leaves_in_time() -> None:
    """Any other node says so, since its own cannot; more than one may."""
    cluster = started()
    fail(cluster)
    assert [*cluster.chats["b"].state.sessions.over(1000.0, 120.0)] == [DIRECTORIES["b"].decode(f"a {ONE}")]
    cluster.count = 500
    assert [type(each) for each in events(cluster.handle("a", SessionOver(), ONE)["b"])] == [Left]
    assert events(cluster.handle("a", SessionOver(), ONE)["b"]) == []


def test_a_program_is_found_when_its_node_is_back() -> None:
    """It has the same address there, and may not know that its node was lost."""
    cluster = started()
    fail(cluster)
    cluster.handle("a", Started(Rules(), grammar=GRAMMAR))
    assert not cluster.chats["a"].state.sessions.lost
    delivered = cluster.handle("a", Since(NOWHERE), ONE)
    assert CaughtUp not in map(type, events(delivered["a"]))
    assert events(cluster.handle("a", SessionOver(), ONE)["b"]) == []


def test_a_session_goes_along_when_a_node_is_taken_over() -> None:
    """The program is at the same address of another node, and reads on without a word."""
    cluster = started("abc")
    cluster.handle("a", Heartbeat())
    cluster.handle("c", Started(Rules(), takes_over="a", grammar=GRAMMAR))
    assert cluster.chats["c"].state.sessions.owner("s1") == DIRECTORIES["c"].decode(f"c {ONE}")
    cluster.handle("b", "good morning", TWO)
    assert [each.seq for each in resent(events(cluster.handle("c", Since(NOWHERE), ONE)["c"]))] == [1]
