"""What one node does about the others: beats, digests at agreed places, and snapshots by one at a time."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import structlog

from tests.journals import LateJournal, MemoryAddresses
from tests.room import CHALLENGE, NAMES, SERVER, UNLIMITED
from udpchat.adapters.memory.network import MemoryNetwork
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.app.hub.hub import Hub
from udpchat.app.server.cluster_monitor import DIGEST_EVERY, MAX_DIGESTS, ClusterMonitor
from udpchat.domain.admission.gate import Admission
from udpchat.domain.drop_reason import DropCounts
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.rooms.inputs import Heartbeat, Input, Rules
from udpchat.domain.rooms.state import ChatState


@attrs.define(eq=False)
class NodeState:
    """A node with a journal that the test commits, what it saved, and from whom it differs."""

    name: str
    due: bool = True
    journal: LateJournal = attrs.field(factory=LateJournal)
    directory: ClusterAddresses = attrs.field(init=False)
    witness: ClusterMonitor = attrs.field(init=False)
    saved: list[tuple[int, Snapshot]] = attrs.field(factory=list)
    differs: list[str] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.directory = ClusterAddresses(self.name, MemoryAddresses())
        hub = Hub(
            chat=Chat(ChatState(NAMES, directory=self.directory)),
            carriers=[MemoryNetwork().attach(SERVER)],
            admission=Admission(UNLIMITED, CHALLENGE, DropCounts()),
            journal=self.journal,
            clock=lambda: 0.0,
            timer=lambda: 0.0,
            entropy=lambda: 0,
            max_datagram=1400,
            max_line=8000,
        )
        hub.start(SERVER, Rules())
        self.witness = ClusterMonitor(
            hub,
            SERVER,
            self.directory.identity,
            lambda: self.due,
            lambda place, state: self.saved.append((place, state)),
            self.differs.append,
            lambda: 0.0,
        )


class FailureDetector:
    """Two nodes that are told the same, in one order."""

    def __init__(self) -> None:
        self.nodes = [NodeState("a"), NodeState("b")]
        self.place = 0
        self.settle()

    def settle(self) -> None:
        """Have each node's inputs come to all."""
        for node in self.nodes:
            taken, node.journal._taken = node.journal._taken, []  # noqa: SLF001 - to be told to all
            for given in taken:
                self.tell(node.name, given)

    def tell(self, name: str, given: Input) -> None:
        """Have all nodes be told an input of one."""
        self.place += 1
        line = attrs.evolve(given.line, place=self.place) if isinstance(given.line, Heartbeat) else given.line
        text = f"{name} 0 {given.sender}"
        for node in self.nodes:
            told = attrs.evolve(given, sender=node.directory.decode(text), line=line)
            node.journal.commit(elsewhere=[told])
            node.witness.hub.advance()

    def beat(self, times: int = 1) -> None:
        """Have each node beat so often."""
        for _ in range(times):
            for node in self.nodes:
                node.witness.beat()
                self.settle()


def digests(nodes: Sequence[NodeState]) -> list[dict[int, str]]:
    """Return what each node knows of its own state."""
    return [node.witness.digests for node in nodes]


def test_nodes_work_out_their_states_at_the_same_places() -> None:
    """And tell them; as long as they are the same nobody differs."""
    both = FailureDetector()
    both.beat(DIGEST_EVERY * 3)
    one, other = digests(both.nodes)
    assert one == other
    assert len(one) == DIGEST_EVERY * 3 * 2 // DIGEST_EVERY
    assert [node.differs for node in both.nodes] == [[], []]


def test_digests_that_are_kept_are_bounded() -> None:
    """Only the last ones are."""
    both = FailureDetector()
    both.beat(DIGEST_EVERY * MAX_DIGESTS)
    assert [len(each) for each in digests(both.nodes)] == [MAX_DIGESTS] * 2


def test_each_snapshot_is_saved_by_the_node_that_beat() -> None:
    """And by it alone, if one is due."""
    both = FailureDetector()
    both.beat(DIGEST_EVERY)
    one, other = both.nodes
    places = [place for node in both.nodes for place, _ in node.saved]
    assert sorted(places) == sorted(set(places)) == list(one.witness.digests)
    other.due = one.due = False
    both.beat(DIGEST_EVERY)
    assert len(one.saved) + len(other.saved) == len(places)


def test_nodes_with_different_states_find_out() -> None:
    """With the next beat that tells a digest, and the log has both."""
    both = FailureDetector()
    both.beat(DIGEST_EVERY)
    one, other = both.nodes
    one.witness.hub.chat.state.history.said += 1
    with structlog.testing.capture_logs() as logs:
        both.beat(DIGEST_EVERY)
    assert other.differs
    assert set(other.differs) == {"a"}
    assert set(one.differs) == {"b"}
    error = next(each for each in logs if each["log_level"] == "error")
    assert error["digest"] != error["other"]
    assert error["place"] in one.witness.digests


def test_what_is_no_beat_is_let_pass() -> None:
    """A witness looks at nothing else."""
    node = NodeState("a")
    node.witness.saw(Input(0.0, 0, SERVER, "hello"))
    assert node.witness.digests == {}
