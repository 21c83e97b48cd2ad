"""Which servers serve a room together, and whose clients are whose."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.journals import MemoryAddresses
from tests.room import NAMES
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.domain.address import Address
from udpchat.domain.cluster.nodes import LEASE, FailureDetector, SingleNode
from udpchat.domain.commands.history import HistoryShown
from udpchat.domain.commands.people import ClientsListed
from udpchat.domain.commands.presence import Left
from udpchat.domain.commands.talk import Said
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import digest, snapshot
from udpchat.domain.rooms.audience import Delivery, InRoomBy
from udpchat.domain.rooms.inputs import Heartbeat, Input, Rules, Started
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.sentence import Event

HOMES = {node: ClusterAddresses(node, MemoryAddresses()) for node in "abc"}
SERVER = "0 10.0.0.9:12000"


class Cluster:
    """Chats of several nodes that are told the same."""

    def __init__(self, nodes: str = "ab") -> None:
        self.chats = {node: Chat(ChatState(NAMES, directory=HOMES[node])) for node in nodes}
        self.count = 0

    def tell(self, node: str, line: str | Started | Heartbeat, where: str = SERVER) -> dict[str, list[Delivery]]:
        """Have a client of a node say something, or the node itself; return what each node makes of it."""
        self.count += 1
        said = {}
        for name, chat in self.chats.items():
            sender = HOMES[name].decode(f"{node} {where}")
            said[name] = chat.handle(Input(float(self.count), self.count, sender, line))
        assert len({digest(snapshot(chat.state), HOMES[name].identity) for name, chat in self.chats.items()}) == 1
        return said

    def here(self, node: str) -> list[str]:
        """Return who can be written to by a node."""
        return [str(address) for address in self.chats[node].state.roster.here()]

    def missed(self, node: str, where: str) -> list[str]:
        """Return what is shown to a client of a node that asks what it missed."""
        said = self.tell(node, "/missed", where)[node]
        return [line.text for _, event in said if isinstance(event, HistoryShown) for line in event.messages]


def events(said: list[Delivery]) -> list[Event]:
    """Return what was said, whoever hears it."""
    return [event for _, event in said]


ONE, TWO, THREE = "0 10.0.0.1:1", "0 10.0.0.2:2", "0 10.0.0.3:3"


def test_each_node_writes_to_its_own_clients() -> None:
    """All know all members, and an audience is those of it who are here."""
    cluster = Cluster()
    cluster.tell("a", "hello", ONE)
    cluster.tell("b", "hello", TWO)
    assert (cluster.here("a"), cluster.here("b")) == (["10.0.0.1:1"], ["10.0.0.2:2"])
    said = cluster.tell("b", "/list", TWO)
    listed = said["b"][0][1]
    assert isinstance(listed, ClientsListed)
    assert [address for address, _ in listed.clients] == ["10.0.0.1:1", "10.0.0.2:2"]


def test_the_clients_of_a_node_that_is_gone_leave() -> None:
    """It is gone when another told so often that it is alive that the lease is over."""
    cluster = Cluster()
    cluster.tell("a", Started(Rules()))
    cluster.tell("b", Started(Rules()))
    cluster.tell("a", "hello", ONE)
    cluster.tell("b", "hello", TWO)
    cluster.tell("b", "hello", THREE)
    for steady in (0.0, 5.0, 10.0):
        assert cluster.tell("a", Heartbeat(steady=steady))["a"] == []
    left = cluster.tell("a", Heartbeat(steady=15.0))
    parted = [event for event in events(left["b"]) if isinstance(event, Left)]
    assert len(parted) == 2
    for name in "ab":  # in their own wording, which b can send once it is back
        parting = [to.address for to, event in left[name] if isinstance(to, InRoomBy) and isinstance(event, Left)]
        assert list(map(str, parting)) == ["10.0.0.2:2", "10.0.0.3:3"]
        assert [HOMES[name].is_here(address) for address in parting] == 2 * [name == "b"]
    assert len(cluster.chats["a"].state.roster) == 1
    assert cluster.tell("a", Heartbeat())["a"] == []
    cluster.tell("b", "back", TWO)
    assert len(cluster.chats["b"].state.roster) == 2


def test_who_was_at_a_node_that_is_gone_missed_what_it_did_not_tell() -> None:
    """That begins where the node last told that its clients have all, and not where it was found gone."""
    cluster = Cluster()
    cluster.tell("a", Started(Rules()))
    cluster.tell("b", Started(Rules()))
    cluster.tell("b", "hello", TWO)
    cluster.tell("b", Heartbeat(said=1))
    for number in range(4):
        cluster.tell("a", f"line {number}", ONE)
        cluster.tell("a", Heartbeat(said=number + 2, steady=number * 5.0))
    assert len(cluster.chats["a"].state.roster) == 1
    cluster.tell("b", "", TWO)
    assert cluster.missed("b", TWO) == [f"line {number}" for number in range(4)]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([1.0, 5.0, 20.0, -1.0])), max_size=60))
def test_a_node_is_gone_when_another_was_in_touch_for_its_lease(beats: list[tuple[str, float]]) -> None:
    """Never sooner, whatever halts and whoever is out of touch in between (here: -1); and not at all if it beat."""
    nodes, now = FailureDetector(), 0.0
    in_touch_since: dict[str, float] = {}
    beat_at: dict[str, float] = {}
    for name, passes in beats:
        now += abs(passes)
        if passes < 0 or name not in in_touch_since:
            in_touch_since[name] = now
        gone = nodes.beat(name, 0, 15.0, now - in_touch_since[name])
        assert name not in gone
        for each in gone:
            assert now - beat_at[each] >= 15.0
            assert now - in_touch_since[name] >= 15.0
        beat_at[name] = now


def test_a_node_that_beats_is_never_gone() -> None:
    """Two nodes that take turns know each other for ever, and neither is silent."""
    nodes = FailureDetector()
    for number in range(100):
        steady = number * 5.0
        assert nodes.beat("a", 0, LEASE, steady) == nodes.beat("b", 0, LEASE, steady) == {}
        assert nodes.silence("b") == 0.0
        assert nodes.silence("a") == 0.0


def test_time_in_which_the_journal_halts_counts_for_nobody() -> None:
    """Beats that come late and all at once, as what was given up may, bury nobody; neither do starts."""
    nodes = FailureDetector()
    nodes.start("a", 0)
    nodes.beat("b", 0, LEASE, 100.0)
    for _ in range(10):
        assert nodes.beat("b", 0, LEASE, 105.0) == {}  # published again and again
    assert nodes.silence("a") == 5.0
    for steady in (0.0, 5.0, 0.0, 5.0, 10.0):
        assert nodes.beat("b", 0, LEASE, steady) == {}
    nodes.start("b", 0)
    assert nodes.beat("b", 0, LEASE, 14.0) == {}
    assert set(nodes.beat("b", 0, LEASE, 15.0)) == {"a"}


def test_what_was_said_while_a_node_was_away_can_be_asked_for() -> None:
    """From what it had told its clients at its last beat, to its start."""
    cluster = Cluster()
    cluster.tell("a", Started(Rules()))
    cluster.tell("a", "one", ONE)
    cluster.tell("b", "two", TWO)
    cluster.tell("a", Heartbeat(said=2))
    cluster.tell("b", "three", TWO)
    cluster.tell("b", "four", TWO)
    cluster.tell("a", Started(Rules()))
    cluster.tell("b", "five", TWO)
    assert cluster.missed("a", ONE) == ["three", "four"]
    assert cluster.missed("b", TWO) == []


def test_a_node_takes_over_anothers_clients() -> None:
    """They keep nickname and place, are written to by the new one, and may ask for what they missed."""
    cluster = Cluster("abc")
    cluster.tell("a", Started(Rules()))
    cluster.tell("a", "/nick bob", ONE)
    cluster.tell("b", "hello", TWO)
    cluster.tell("a", "hello", THREE)
    cluster.tell("a", Heartbeat(said=2))
    cluster.tell("b", "while a was away", TWO)
    order = [member.nickname for member in cluster.chats["b"].state.roster]
    cluster.tell("c", Started(Rules(), takes_over="a"))
    assert [member.nickname for member in cluster.chats["b"].state.roster] == order
    assert cluster.here("a") == []
    assert cluster.here("c") == ["10.0.0.1:1", "10.0.0.3:3"]
    assert cluster.missed("c", ONE) == ["while a was away"]
    said = cluster.tell("c", "still here", ONE)["b"]
    assert [(event.nickname, event.text) for event in events(said) if isinstance(event, Said)] == [
        ("bob", "still here")
    ]
    assert set(cluster.chats["b"].state.nodes.alive) == {"b", "c"}


def test_who_left_before_a_takeover_may_still_ask_for_what_was_missed() -> None:
    """Those who are away move with those who are here."""
    cluster = Cluster("abc")
    cluster.tell("a", "hello", ONE)
    cluster.tell("a", "/quit", ONE)
    cluster.tell("b", "hello", TWO)
    cluster.tell("c", Started(Rules(), takes_over="a"))
    cluster.tell("c", "back", ONE)
    assert cluster.missed("c", ONE) == ["hello"]


def test_who_is_a_client_of_both_is_there_once_after_a_takeover() -> None:
    """The one that was the other node's leaves."""
    cluster = Cluster("abc")
    cluster.tell("a", "/nick old", ONE)
    cluster.tell("c", "/nick young", ONE)
    left = events(cluster.tell("c", Started(Rules(), takes_over="a"))["c"])
    assert [event.nickname for event in left if isinstance(event, Left)] == ["old"]
    assert [member.nickname for member in cluster.chats["b"].state.roster] == ["young"]


def test_a_node_that_never_was_can_be_taken_over() -> None:
    """Then there is nobody to take over."""
    cluster = Cluster()
    assert cluster.tell("b", Started(Rules(), takes_over="a"))["b"] == []


def test_one_server_has_one_home() -> None:
    """Nothing is ever elsewhere."""
    home, address = SingleNode(), MemoryAddress("10.0.0.1", 1)
    found: Address = home.moved(address, "b")
    assert (home.node(address), home.is_here(address), found) == ("", True, address)
