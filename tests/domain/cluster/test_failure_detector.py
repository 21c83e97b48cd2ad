"""When a node is dead, and what becomes of its clients."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.cluster.chats import DIRECTORIES, ONE, THREE, TWO, Cluster, events
from udpchat.domain.cluster.failure_detector import HEARTBEATS_PER_LEASE, LEASE, FailureDetector, NodeState
from udpchat.domain.commands.presence import Left
from udpchat.domain.rooms.audience import InRoomBy
from udpchat.domain.rooms.inputs import Heartbeat, Rules, Started

AT = 1_700_000_000.0  # a time, in seconds since 1970 UTC


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([1.0, 5.0, 20.0, -1.0])), max_size=60))
def test_a_node_is_dead_when_another_was_in_touch_for_its_lease(heartbeats: list[tuple[str, float]]) -> None:
    """Never sooner, whatever halts, and whichever node is out of touch (here: -1); and never after a heartbeat."""
    nodes, now = FailureDetector(), 0.0
    in_touch_since: dict[str, float] = {}
    last_heartbeat: dict[str, float] = {}
    for name, seconds in heartbeats:
        now += abs(seconds)
        if seconds < 0 or name not in in_touch_since:
            in_touch_since[name] = now
        dead = nodes.heartbeat(name, 0, 15.0, now - in_touch_since[name], now)
        assert name not in dead
        for each in dead:
            assert now - last_heartbeat[each] >= 15.0
            assert now - in_touch_since[name] >= 15.0
        last_heartbeat[name] = now


def test_two_heartbeats_of_a_lease_may_be_lost() -> None:
    """The third comes as the lease ends."""
    assert HEARTBEATS_PER_LEASE == 3


def test_a_node_that_sends_heartbeats_is_alive() -> None:
    """Two nodes that send heartbeats in turn stay alive, and neither is silent."""
    nodes = FailureDetector()
    for number in range(100):
        steady = number * 5.0
        assert nodes.heartbeat("a", 0, LEASE, steady, steady) == nodes.heartbeat("b", 0, LEASE, steady, steady) == {}
        assert nodes.silence("b") == 0.0
        assert nodes.silence("a") == 0.0


def test_time_in_which_the_journal_halts_does_not_count() -> None:
    """Heartbeats that come late and all at once make no node dead, and neither do starts."""
    nodes = FailureDetector()
    nodes.start("a", 0, AT)
    nodes.heartbeat("b", 0, LEASE, 100.0, AT)
    for _ in range(10):
        assert nodes.heartbeat("b", 0, LEASE, 105.0, AT) == {}  # published again and again
    assert nodes.silence("a") == 5.0
    for steady in (0.0, 5.0, 0.0, 5.0, 10.0):
        assert nodes.heartbeat("b", 0, LEASE, steady, AT) == {}
    nodes.start("b", 0, AT)
    assert nodes.heartbeat("b", 0, LEASE, 14.0, AT) == {}
    assert set(nodes.heartbeat("b", 0, LEASE, 15.0, AT)) == {"a"}
    assert set(nodes.alive) == {"b"}


def test_what_is_known_of_a_node() -> None:
    """A start keeps the lease, a heartbeat replaces all, and a new client changes nothing for a node that is alive."""
    nodes = FailureDetector()
    assert nodes.start("a", 3, AT) == 0  # it had no clients
    assert nodes.alive == {"a": NodeState(3, LEASE, at=AT)}
    nodes.heartbeat("a", 5, 7.0, 2.0, AT + 1)
    assert nodes.alive == {"a": NodeState(5, 7.0, 2.0, at=AT + 1)}
    nodes.mark_alive("a", 6, AT + 2)
    assert nodes.alive == {"a": NodeState(5, 7.0, 2.0, at=AT + 1)}
    assert nodes.start("a", 9, AT + 3) == 4  # said since its last heartbeat
    assert nodes.alive == {"a": NodeState(9, 7.0, at=AT + 3)}
    nodes.mark_alive("b", 9, AT + 4)
    assert nodes.alive["b"] == NodeState(9, LEASE, at=AT + 4)
    assert [nodes.remove(name) for name in ("a", "a", "b")] == [9, None, 9]


def test_heartbeats_are_counted() -> None:
    """Those of all nodes together, so that all nodes take the digests of their states at the same ones."""
    nodes = FailureDetector()
    for number in range(1, 5):
        nodes.heartbeat("ab"[number % 2], 0, LEASE, 0.0, AT)
        assert nodes.beats == number


def test_a_node_that_was_removed_finds_no_other_dead_by_what_was_before() -> None:
    """When it is back, it must have been in touch for a whole lease again."""
    nodes = FailureDetector()
    nodes.start("a", 0, AT)
    nodes.heartbeat("b", 0, LEASE, 5.0, AT)
    nodes.heartbeat("b", 0, LEASE, 10.0, AT)
    assert nodes.silence("a") == 5.0
    nodes.remove("b")
    assert nodes.silence("a") == 0.0
    assert nodes.heartbeat("b", 0, LEASE, 100.0, AT) == {}
    assert nodes.heartbeat("b", 0, LEASE, 114.0, AT) == {}
    assert set(nodes.heartbeat("b", 0, LEASE, 115.0, AT)) == {"a"}


def test_the_clients_of_a_dead_node_leave() -> None:
    """They leave when the heartbeats of another node say that the lease is over, and can come back."""
    cluster = Cluster()
    cluster.handle("a", Started(Rules()))
    cluster.handle("b", Started(Rules()))
    cluster.handle("a", "hello", ONE)
    cluster.handle("b", "hello", TWO)
    cluster.handle("b", "hello", THREE)
    for steady in (0.0, 5.0, 10.0):
        assert cluster.handle("a", Heartbeat(steady=steady))["a"] == []
    delivered = cluster.handle("a", Heartbeat(steady=15.0))
    left = [event for event in events(delivered["b"]) if isinstance(event, Left)]
    assert len(left) == 2
    for name in "ab":  # in their own wording, which b can send once it is back
        leaving = [to.address for to, event in delivered[name] if isinstance(to, InRoomBy) and isinstance(event, Left)]
        assert list(map(str, leaving)) == ["10.0.0.2:2", "10.0.0.3:3"]
        assert [DIRECTORIES[name].is_here(address) for address in leaving] == 2 * [name == "b"]
    assert len(cluster.chats["a"].state.roster) == 1
    assert cluster.handle("a", Heartbeat())["a"] == []
    cluster.handle("b", "back", TWO)
    assert len(cluster.chats["b"].state.roster) == 2


def test_the_clients_of_a_dead_node_missed_what_it_did_not_send() -> None:
    """That begins after the lines which the node's last heartbeat reports, and not where the node was found dead."""
    cluster = Cluster()
    cluster.handle("a", Started(Rules()))
    cluster.handle("b", Started(Rules()))
    cluster.handle("b", "hello", TWO)
    cluster.handle("b", Heartbeat(said=1))
    for number in range(4):
        cluster.handle("a", f"line {number}", ONE)
        cluster.handle("a", Heartbeat(said=number + 2, steady=number * 5.0))
    assert len(cluster.chats["a"].state.roster) == 1
    cluster.handle("b", "", TWO)
    assert cluster.missed("b", TWO) == [f"line {number}" for number in range(4)]


def test_the_clients_of_a_node_may_ask_for_lines_from_before_its_start() -> None:
    """They missed the lines from the last heartbeat of their node to its next start."""
    cluster = Cluster()
    cluster.handle("a", Started(Rules()))
    cluster.handle("a", "one", ONE)
    cluster.handle("b", "two", TWO)
    cluster.handle("a", Heartbeat(said=2))
    cluster.handle("b", "three", TWO)
    cluster.handle("b", "four", TWO)
    cluster.handle("a", Started(Rules()))
    cluster.handle("b", "five", TWO)
    assert cluster.missed("a", ONE) == ["three", "four"]
    assert cluster.missed("b", TWO) == []
