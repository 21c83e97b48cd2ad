"""Digests of the state at agreed places, and snapshots that one node at a time saves."""

from __future__ import annotations

import attrs
import structlog

from tests.journals import MemoryAddresses
from tests.room import NAMES, SERVER
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.app.server.cluster_monitor import DIGEST_EVERY, MAX_DIGESTS, ClusterMonitor
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.rooms.inputs import ControlInput, Heartbeat, Input, Rules, Started
from udpchat.domain.rooms.state import ChatState


@attrs.define(eq=False)
class Node:
    """A chat with its monitor; what the monitor saved, and the nodes from which it differs."""

    name: str
    due: bool = True
    erasing: bool = False
    directory: ClusterAddresses = attrs.field(init=False)
    monitor: ClusterMonitor = attrs.field(init=False)
    saved: list[tuple[int, Snapshot]] = attrs.field(factory=list, init=False)
    differs: list[str] = attrs.field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self.directory = ClusterAddresses(self.name, MemoryAddresses())
        self.monitor = ClusterMonitor(
            Chat(ChatState(NAMES, directory=self.directory)),
            identity=self.directory.identity,
            steady=lambda: 0.0,
            snapshot_due=lambda: self.due,
            erasing=lambda: self.erasing,
            save=lambda place, state: self.saved.append((place, state)),
            differs=self.differs.append,
        )

    def handle(self, given: Input) -> None:
        """Handle an input."""
        self.monitor.chat.handle(given)
        self.monitor.saw(given)


@attrs.define(eq=False)
class Cluster:
    """Two nodes that handle the same inputs, in one order."""

    one: Node = attrs.field(factory=lambda: Node("a"))
    other: Node = attrs.field(factory=lambda: Node("b"))
    _place: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        for node in self.nodes:
            self._commit(node, Started(Rules()))

    @property
    def nodes(self) -> tuple[Node, Node]:
        """Both nodes."""
        return self.one, self.other

    def send_heartbeats(self, times: int = 1) -> None:
        """Let each node send so many heartbeats."""
        for _ in range(times):
            for node in self.nodes:
                self._commit(node, node.monitor.heartbeat())

    def _commit(self, sender: Node, line: ControlInput) -> None:
        """Let both nodes handle an input of one of them."""
        self._place += 1
        if isinstance(line, Heartbeat):
            line = attrs.evolve(line, place=self._place)
        for node in self.nodes:
            node.handle(Input(0.0, 0, node.directory.decode(f"{sender.name} 0 {SERVER}"), line))


def test_nodes_compute_digests_at_the_same_places() -> None:
    """The nodes send them; while the states are equal, no node differs."""
    cluster = Cluster()
    cluster.send_heartbeats(DIGEST_EVERY * 3)
    assert cluster.one.monitor.digests == cluster.other.monitor.digests
    assert len(cluster.one.monitor.digests) == DIGEST_EVERY * 3 * 2 // DIGEST_EVERY
    assert [node.differs for node in cluster.nodes] == [[], []]


def test_the_number_of_digests_is_bounded() -> None:
    """Only the last ones are kept."""
    cluster = Cluster()
    cluster.send_heartbeats(DIGEST_EVERY * MAX_DIGESTS)
    assert [len(node.monitor.digests) for node in cluster.nodes] == [MAX_DIGESTS] * 2


def test_each_snapshot_is_saved_by_the_node_that_sent_the_heartbeat() -> None:
    """No other node saves it, and none does if no snapshot is due."""
    cluster = Cluster()
    cluster.send_heartbeats(DIGEST_EVERY)
    one, other = cluster.nodes
    places = [place for node in cluster.nodes for place, _ in node.saved]
    assert sorted(places) == sorted(set(places)) == list(one.monitor.digests)
    other.due = one.due = False
    cluster.send_heartbeats(DIGEST_EVERY)
    assert len(one.saved) + len(other.saved) == len(places)


def test_nodes_with_different_states_notice() -> None:
    """They notice at the next heartbeat with a digest, and log both digests."""
    cluster = Cluster()
    cluster.send_heartbeats(DIGEST_EVERY)
    one, other = cluster.nodes
    one.monitor.chat.state.reception.said += 1
    with structlog.testing.capture_logs() as logs:
        cluster.send_heartbeats(DIGEST_EVERY)
    assert other.differs
    assert set(other.differs) == {"a"}
    assert set(one.differs) == {"b"}
    error = next(each for each in logs if each["log_level"] == "error")
    assert error["digest"] != error["other"]
    assert error["place"] in one.monitor.digests


def test_inputs_without_a_heartbeat_are_ignored() -> None:
    """The monitor may see any input."""
    node = Node("a")
    node.monitor.saw(Input(0.0, 0, SERVER, "hello"))
    assert node.monitor.digests == {}


def test_a_snapshot_is_saved_at_once_if_something_was_taken_back() -> None:
    """The node whose heartbeat comes first saves it; each tries again with its next ones until it is done."""
    cluster = Cluster()
    one, other = cluster.nodes
    one.due = other.due = False
    cluster.send_heartbeats()
    assert not one.saved
    one.erasing = other.erasing = True
    cluster.send_heartbeats()
    assert (len(one.saved), len(other.saved)) == (1, 0)
    cluster.send_heartbeats()
    assert (len(one.saved), len(other.saved)) == (2, 1)
    one.erasing = other.erasing = False
    cluster.send_heartbeats()
    assert (len(one.saved), len(other.saved)) == (2, 1)
    other.erasing = True
    cluster.send_heartbeats(2)
    assert (len(one.saved), len(other.saved)) == (2, 2)
