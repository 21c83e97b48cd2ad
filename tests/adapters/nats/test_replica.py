"""What a node publishes, and what it makes of what comes back: parcels that are lost, late, repeated and given up."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journals import MemoryAddresses
from udpchat.adapters.journal.errors import Unreadable
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.nats import replica as module
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.adapters.nats.entries import MAX_ENTRY_INPUTS
from udpchat.adapters.nats.replica import MAX_IN_FLIGHT, SNAPSHOT_EVERY, WORTH, Gap, Replica
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.rooms.inputs import Heartbeat, Input, Rules, Started

PEER = MemoryAddress("10.0.0.1", 1)
SERVER = MemoryAddress("10.0.0.9", 12000)


class Log:
    """An ordered log that nodes read, with a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.payloads: list[bytes] = []

    def node(self, name: str = "a", document: bytes = b"") -> Replica:
        """Return a node that has read all of it and has taken its own start."""
        made = Replica(name, ClusterAddresses(name, MemoryAddresses()), 2.0, timer=lambda: self.now)
        if document:
            made.begin(document)
        self.read(made)
        made.recover()
        made.append([Input(0.0, 0, SERVER, Started(Rules()))])
        return made

    def joined(self, name: str = "a") -> Replica:
        """Return a node whose start has counted."""
        made = self.node(name)
        self.publish(made)
        self.read(made)
        made.committed()
        return made

    def publish(self, node: Replica) -> int:
        """Have all that a node sends now be in the log; return how many parcels that were."""
        entries = list(node.outgoing())
        self.payloads += entries
        return len(entries)

    def read(self, node: Replica) -> None:
        """Have a node read on to the end."""
        for place in range(node.last, len(self.payloads)):
            node.arrived(place + 1, self.payloads[place])


def said(*lines: str) -> list[Input]:
    """Return inputs of these lines."""
    return [Input(0.0, 0, PEER, line) for line in lines]


def texts(inputs: object) -> list[str]:
    """Return the lines of inputs."""
    return [each.line for each in inputs if isinstance(each.line, str)]  # type: ignore[attr-defined]


@given(st.data())
def test_whatever_happens_to_parcels_all_nodes_agree(data: st.DataObject) -> None:
    """Lost, repeated, late and out of order: what counts is the same everywhere, each once, in its sender's order."""
    log = Log()
    nodes = [log.joined(name) for name in "abc"]
    counted: dict[str, list[str]] = {node.node: [] for node in nodes}

    def read(node: Replica) -> None:
        log.read(node)
        counted[node.node] += texts(node.committed())

    late: list[bytes] = []
    for number in range(data.draw(st.integers(1, 40))):
        node = data.draw(st.sampled_from(nodes))
        node.append(said(f"{node.node}{number}"))
        for entry in node.outgoing():
            fate = data.draw(st.sampled_from(["in", "in", "in", "lost", "twice", "late"]))
            log.payloads += [entry] * {"in": 1, "lost": 0, "twice": 2, "late": 0}[fate]
            late += [entry] * (fate == "late")
        if data.draw(st.booleans()) and late:
            log.payloads.append(late.pop(data.draw(st.integers(0, len(late) - 1))))
        log.now += data.draw(st.sampled_from([0.0, 0.5, 3.0]))
        read(data.draw(st.sampled_from(nodes)))
        node.expire()
        node.again = node.again or data.draw(st.integers(0, 1)) == 1
    for node in nodes:
        read(node)
    assert counted["a"] == counted["b"] == counted["c"]
    assert len(set(counted["a"])) == len(counted["a"])
    for node in nodes:
        numbers = [int(line[1:]) for line in counted["a"] if line[0] == node.node]
        assert numbers == sorted(numbers)


def test_inputs_that_come_together_share_a_parcel() -> None:
    """While one is out few wait for it, many do not; and no more than so many are out."""
    log = Log()
    node = log.joined()
    node.append(said("one"))
    node.append(said("two"))
    assert log.publish(node) == 1
    node.append(said("three"))
    assert log.publish(node) == 0
    node.append(said(*map(str, range(WORTH))))
    assert log.publish(node) == 1
    for _ in range(MAX_IN_FLIGHT):
        node.append(said(*["x"] * MAX_ENTRY_INPUTS))
    assert log.publish(node) == MAX_IN_FLIGHT - 2
    assert not node.full
    node.append(said(*["x"] * module.MAX_WAITING))
    assert node.full
    while node.unfinished:
        log.read(node)
        log.publish(node)
    lines = texts(node.committed())
    assert lines[:3] == ["one", "two", "three"]
    assert len(lines) == 3 + WORTH + MAX_IN_FLIGHT * MAX_ENTRY_INPUTS + module.MAX_WAITING
    assert not node.full


def test_parcels_that_are_too_large_are_parted() -> None:
    """The engine takes so much, whatever is in the lines."""
    log = Log()
    node, other = log.joined("a"), log.joined("b")
    lines = [f"{number} {chr(34) * 60_000}" for number in range(40)]
    node.append(said(*lines))
    while node.unfinished:
        log.publish(node)
        log.read(node)
    assert max(map(len, log.payloads)) < 1_000_000
    log.read(other)
    assert texts(other.committed()) == texts(node.committed()) == lines


def test_a_notice_has_a_parcel_for_itself_and_a_place() -> None:
    """So there is a state before it and one after it, on every node."""
    log = Log()
    node, other = log.joined("a"), log.joined("b")
    log.read(node)
    node.committed()
    node.append(said("before"))
    node.append([Input(0.0, 0, SERVER, Heartbeat(7))])
    node.append(said("after"))
    while node.unfinished:
        log.publish(node)
        log.read(node)
    log.read(other)
    for each in (node, other):
        before, beat, after = each.committed()
        assert (before.line, beat.line, after.line) == ("before", Heartbeat(7, place=4), "after")


def test_what_is_not_back_in_time_is_given_up() -> None:
    """What waits and what flies; of what is behind it nothing is lost."""
    log = Log()
    node = log.joined()
    node.append(said("flies"))
    list(node.outgoing())  # which nobody gets
    log.now = 1.0
    node.append(said("behind"))
    assert node.silence() == 1.0
    log.now = 2.5
    node.expire()
    assert texts(node.expired()) == ["flies"]
    assert list(node.expired()) == []
    assert log.publish(node) == 1
    log.read(node)
    assert texts(node.committed()) == ["behind"]
    assert node.silence() == 0.0
    node.append(said("waits"))
    log.now = 9.0
    node.expire()
    assert texts(node.expired()) == ["waits"]
    assert not node.unfinished


def test_what_was_given_up_counts_if_it_comes_first_all_the_same() -> None:
    """Nothing that is in the log and in its place is lost; after something newer it does not count."""
    for first in (True, False):
        log = Log()
        node = log.joined()
        node.append(said("limbo"))
        (limbo,) = node.outgoing()
        log.now = 3.0
        node.expire()
        node.append(said("newer"))
        if first:
            log.payloads.append(limbo)
        log.publish(node)
        if not first:
            log.payloads.append(limbo)
        log.read(node)
        assert texts(node.committed()) == (["limbo", "newer"] if first else ["newer"])


def test_all_can_be_given_up_at_the_end() -> None:
    """What waits and what flies."""
    log = Log()
    node = log.joined()
    node.append(said("flies"))
    list(node.outgoing())
    node.append(said("waits"))
    node.give_up()
    assert texts(node.expired()) == ["flies", "waits"]
    assert not node.unfinished


def test_a_start_is_never_given_up() -> None:
    """However long the engine is away; nothing else is published before it has counted."""
    log = Log()
    node = log.node()
    list(node.outgoing())
    node.append(said("too early"))
    log.now = 100.0
    node.expire()
    assert texts(node.expired()) == ["too early"]
    node.again = True
    assert log.publish(node) == 1
    node.append(said("hello"))
    assert log.publish(node) == 0
    log.read(node)
    assert log.publish(node) == 1
    log.read(node)
    assert texts(node.committed()) == ["hello"]


def test_of_a_node_that_is_started_again_the_newest_counts() -> None:
    """The process before it finds out, and what it publishes is nobody's."""
    log = Log()
    old = log.joined()
    new = log.node()
    log.publish(new)
    old.append(said("from the grave"))
    log.publish(old)
    for node in (old, new):
        log.read(node)
        assert texts(node.committed()) == []
    assert old.superseded == "the node a was started again elsewhere"
    assert new.superseded == ""
    old.append(said("again"))
    assert log.publish(old) == 0


def test_who_was_replaced_takes_nothing_more() -> None:
    """What comes after its successor's start is for that one to tell, or clients of the node would hear it twice."""
    log = Log()
    old = log.joined()
    new = log.joined()
    new.append(said("once"))
    log.publish(new)
    log.read(new)
    log.read(old)
    assert texts(old.committed()) == []
    assert texts(new.committed()) == ["once"]


def test_a_node_that_goes_on_until_its_successor_has_started_supersedes_nobody() -> None:
    """What it says before that counts."""
    log = Log()
    old = log.joined()
    new = log.node()
    old.append(said("last words"))
    log.publish(old)
    log.publish(new)
    log.read(new)
    assert texts(new.committed()) == ["last words"]
    assert new.superseded == ""


def test_of_two_that_start_at_once_one_is_the_node() -> None:
    """The one whose start comes first."""
    log = Log()
    one, two = log.node(), log.node()
    log.publish(one)
    log.publish(two)
    log.read(one)
    log.read(two)
    assert one.superseded == ""
    assert two.superseded == "the node a was started elsewhere at the same time"


def test_a_node_that_is_taken_over_finds_out() -> None:
    """Its parcels count no more, until it is started again."""
    log = Log()
    old, heir = log.joined("a"), log.node("b")
    heir._waiting[0][1][0].line = Started(Rules(), takes_over="a")  # noqa: SLF001
    log.publish(heir)
    old.append(said("too late"))
    log.publish(old)
    log.read(old)
    log.read(heir)
    assert old.superseded == "the node a was taken over by b"
    assert texts(heir.committed()) == []
    again = log.joined("a")
    again.append(said("back"))
    log.publish(again)
    log.read(heir)
    assert texts(heir.committed()) == ["back"]


def test_a_snapshot_tells_who_had_published_what() -> None:
    """A node that starts from it counts the same parcels as the others."""
    log = Log()
    node = log.joined()
    node.append(said("one"))
    log.publish(node)
    log.read(node)
    node.append([Input(0.0, 0, SERVER, Heartbeat())])
    log.publish(node)
    log.read(node)
    document = node.document(3, Snapshot(said=5))
    log.payloads.append(log.payloads[1])  # once more
    other = Replica("b", ClusterAddresses("b", MemoryAddresses()), 2.0)
    other.begin(document)
    log.read(other)
    recovered = other.recover()
    assert (recovered.state.said, list(recovered.inputs)) == (5, [])
    head, _, rest = document.partition(b"\n")
    with pytest.raises(Unreadable, match="of version 2"):
        other.begin(json.dumps([2, *json.loads(head)[1:]]).encode() + b"\n" + rest)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"5\n{}",
        b"[1,2,3]\n{}",
        b'[1,5,{"a":[1,2,3,4,5]}]\n{}',
        b'[1,5,{"a":[1,2]}]\n{}',
        b'[1,"x",{}]\n{}',
        b'[1,5,{}]\n{"version":1}',
        b"[1,5,{}]\n\xff\xfe",
        b"\xff\xfe\x00",
    ],
)
def test_a_snapshot_that_is_none(document: bytes) -> None:
    """Whatever is found there is a sentence, and leaves the node as it was."""
    node = Replica("b", ClusterAddresses("b", MemoryAddresses()), 2.0)
    with pytest.raises(Unreadable, match=r"has a snapshot that cannot be read: .|of version"):
        node.begin(document)
    assert (node.last, node.origins, node.recover().state) == (0, {}, Snapshot())


def test_a_snapshot_is_wanted_when_a_start_would_take_long() -> None:
    """And not again right after it."""
    log = Log()
    node = log.joined()
    while not node.wants_snapshot:
        node.append(said(*["x"] * MAX_ENTRY_INPUTS))
        log.publish(node)
        log.read(node)
    assert len(node.committed()) >= SNAPSHOT_EVERY - 1
    node.append([Input(0.0, 0, SERVER, Heartbeat())])
    log.publish(node)
    log.read(node)
    node.document(node.last, Snapshot())
    assert not node.wants_snapshot
    for _ in range(module.MAX_MARKS + 3):
        node.append([Input(0.0, 0, SERVER, Heartbeat())])
        log.publish(node)
        log.read(node)
    assert len(node._marks) == module.MAX_MARKS  # noqa: SLF001 - the table itself
    assert not node.snapshot_due
    node.save(Snapshot())
    node.close()


def test_a_state_is_saved_only_if_it_is_known_who_had_published_what() -> None:
    """A node that was behind may get so many beats at once that the first are forgotten when it handles them."""
    log = Log()
    node = log.joined()
    for _ in range(module.MAX_MARKS + 1):
        node.append([Input(0.0, 0, SERVER, Heartbeat())])
        log.publish(node)
        log.read(node)
    first, *others = [given.line.place for given in node.committed() if isinstance(given.line, Heartbeat)]
    assert not node.remembers(first)
    assert all(map(node.remembers, others))


def test_what_does_not_follow_is_told() -> None:
    """A gap in the log, and what is no parcel; the log is read on after that."""
    log = Log()
    node = log.joined()
    with pytest.raises(Gap):
        node.arrived(3, b"[]")
    for junk in (b"\xff", b"[]", b"{", b"[1,2]"):
        with pytest.raises(Unreadable):
            node.arrived(node.last + 1, junk)
    before = node.last
    node.arrived(before, b"once more")
    assert node.last == before
    node.arrived(before + 1, json.dumps([2, "b", 1, "x", 0, 1, []]).encode())
    assert node.superseded == "the room is of protocol version 2, this udpchat speaks version 1"
