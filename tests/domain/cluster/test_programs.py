"""Programs whose node is lost, and that go on at another one: numbers, sessions and states are the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.cluster.chats import DIRECTORIES, ONE, THREE, TWO, Cluster, events
from udpchat.domain.cluster.failure_detector import LEASE
from udpchat.domain.commands.presence import Left
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.rooms.audience import Delivery, InRoom, InRoomBy
from udpchat.domain.rooms.inputs import Heartbeat, Rules, SessionOver, Started
from udpchat.domain.rooms.programs.answers import CaughtUp, Resent, SessionMoved, Welcome
from udpchat.domain.rooms.requests import Hello, Numbered, Places, Request, Since

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


def test_people_leave_with_their_node_and_programs_may_come_back() -> None:
    """Whoever reads text cannot go on at another node, whether it came to that node before programs or after them."""
    cluster = started()
    cluster.handle("a", "", THREE)
    cluster.handle("a", Hello("robot", next_session="r1"), "0 10.0.0.4:4")
    cluster.handle("a", "", "0 10.0.0.5:5")
    assert [type(each) for each in fail(cluster)] == [Left, Left]
    assert sorted(member.nickname for member in cluster.chats["b"].state.roster if member.place.look.json) == [
        "bot",
        "robot",
    ]


def test_a_program_is_found_when_its_node_is_back() -> None:
    """It has the same address there, and may not know that its node was lost."""
    cluster = started()
    fail(cluster)
    cluster.handle("a", Started(Rules(), grammar=GRAMMAR))
    assert not cluster.chats["a"].state.sessions.lost
    delivered = cluster.handle("a", Since(NOWHERE), ONE)
    assert CaughtUp not in map(type, events(delivered["a"]))
    assert events(cluster.handle("a", SessionOver(), ONE)["b"]) == []


def test_a_node_that_seemed_dead_can_be_found_dead_again() -> None:
    """Its program was there all the time, and says so: the program is lost if the node dies before its next sign."""
    cluster = started()
    fail(cluster)
    assert "a" not in cluster.chats["b"].state.nodes.alive
    cluster.handle("a", Since(NOWHERE), ONE)
    assert "a" in cluster.chats["b"].state.nodes.alive
    assert not cluster.chats["b"].state.sessions.lost
    cluster.handle("b", Heartbeat())
    cluster.handle("b", Heartbeat(steady=LEASE))
    assert cluster.chats["b"].state.sessions.lost


def test_a_session_goes_along_when_a_node_is_taken_over() -> None:
    """The program is at the same address of another node, and reads on without a word."""
    cluster = started("abc")
    cluster.handle("a", Heartbeat())
    cluster.handle("c", Started(Rules(), takes_over="a", grammar=GRAMMAR))
    assert cluster.chats["c"].state.sessions.owner("s1") == DIRECTORIES["c"].decode(f"c {ONE}")
    cluster.handle("b", "good morning", TWO)
    assert [each.seq for each in resent(events(cluster.handle("c", Since(NOWHERE), ONE)["c"]))] == [1]


def test_what_is_late_comes_to_the_node_that_took_over() -> None:
    """The program had gone on elsewhere before: nobody comes in by it. Nor by what comes late to the old node."""
    cluster = started("abc")
    cluster.handle("b", Hello("", "s1", NOWHERE, "s2"), THREE)
    cluster.handle("a", Heartbeat())
    cluster.handle("c", Started(Rules(), takes_over="a", grammar=GRAMMAR))
    assert [type(each) for each in events(cluster.handle("c", Numbered("late", 1), ONE)["c"])] == [SessionMoved]
    cluster.handle("c", Started(Rules(), takes_over="b", grammar=GRAMMAR))
    assert cluster.chats["c"].state.sessions.was_at(DIRECTORIES["c"].decode(f"c {ONE}"))
    assert cluster.chats["c"].state.sessions.was_at(DIRECTORIES["c"].decode(f"b {THREE}"))


@attrs.define
class Wanderer:
    """A program that goes from node to node, and the numbers that it has, in the order in which they came."""

    cluster: Cluster
    node: str = "a"
    where: str = ONE
    session: str = "s0"
    hears: bool = True
    numbers: list[int] = attrs.field(factory=list)
    own: list[int] = attrs.field(factory=list)
    _sessions: Iterator[int] = attrs.field(factory=lambda: count(1))

    @property
    def places(self) -> Places:
        """The last numbers that it has."""
        return Places((("lobby", max(self.numbers, default=0)),), max(self.own, default=0))

    def reads(self, delivered: dict[str, list[Delivery]]) -> None:
        """Take what its node sends to it."""
        chat = self.cluster.chats[self.node]
        address = DIRECTORIES[self.node].decode(f"{self.node} {self.where}")
        member = chat.state.roster.members.get(address)
        if not self.hears or member is None or member.place.look.lost:
            return
        for audience, event in delivered[self.node]:
            if isinstance(audience, InRoom | InRoomBy):
                self.numbers.append(audience.seq or chat.state.rooms.lobby.seq)
            elif getattr(audience, "address", None) == address:
                for each in resent([event]):
                    (self.numbers if each.room else self.own).append(each.seq or each.own)
                if own := getattr(audience, "own", 0):
                    self.own.append(own)

    def asks(self, given: Request) -> None:
        """Ask its node for something, and hear from then on."""
        self.hears = True
        self.reads(self.cluster.handle(self.node, given, self.where))

    def moves(self, node: str) -> None:
        """Show its session to a node, at an address of its own."""
        following = next(self._sessions)
        self.node, self.where = node, f"0 10.0.1.1:{following}"
        self.asks(Hello("bot", self.session, self.places, f"s{following}"))
        self.session = f"s{following}"


@given(
    st.lists(st.sampled_from(["said", "said", "private", "own", "deaf", "since", "fails", "a", "b", "c"]), max_size=30)
)
def test_wherever_a_program_goes_it_has_each_number_once(steps: list[str]) -> None:
    """It moves by its session and by the last numbers that it has; its node may be lost, or what that sent to it."""
    cluster = Cluster("abc")
    for node in "abc":
        cluster.handle(node, Started(Rules(), grammar=GRAMMAR))
    cluster.handle("c", "", TWO)
    bot, private, ids = Wanderer(cluster), 0, count(1)
    bot.asks(Hello("bot", next_session=bot.session))
    begin = cluster.chats["c"].state.rooms.lobby.seq
    bot.numbers[:] = [begin]
    for step in steps:
        match step:
            case "said":
                bot.reads(cluster.handle("c", "hello", TWO))
            case "private":
                bot.reads(cluster.handle("c", "/msg bot psst", TWO))
                private += 1
            case "own" if bot.hears:
                bot.asks(Numbered("me too", next(ids)))
            case "deaf":
                bot.hears = False
            case "since" if bot.hears or not cluster.chats["c"].state.sessions.lost:
                bot.asks(Since(bot.places))
            case "fails" if bot.node != "c":
                cluster.handle(bot.node, Heartbeat())
                cluster.handle("c", Heartbeat())
                bot.reads(cluster.handle("c", Heartbeat(steady=LEASE)))
                bot.hears = False
            case "a" | "b" | "c":
                bot.moves(step)
            case _:
                pass
    bot.moves("b")
    assert bot.numbers == [*range(begin, cluster.chats["c"].state.rooms.lobby.seq + 1)]
    assert bot.own == [*range(1, private + 1)]
    assert [str(each.nickname) for each in cluster.chats["a"].state.roster].count("bot") == 1
