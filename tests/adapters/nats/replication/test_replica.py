"""What nodes make of a log whose entries are lost, late, repeated and given up."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.nats.replication.log import Log, notice, said, texts
from udpchat.adapters.journal.errors import Unreadable
from udpchat.adapters.nats.replication.entries import VERSION
from udpchat.adapters.nats.replication.replica import Gap, Replica
from udpchat.domain.rooms.inputs import Heartbeat


@pytest.mark.untraced
@given(st.data())
def test_whatever_happens_to_entries_all_nodes_agree(data: st.DataObject) -> None:
    """Entries are lost, repeated, late and out of order: the same lines count everywhere, once and in order."""
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
        if data.draw(st.booleans()):
            node.queue.resend()
    for node in nodes:
        read(node)
    assert counted["a"] == counted["b"] == counted["c"]
    assert len(set(counted["a"])) == len(counted["a"])
    for node in nodes:
        numbers = [int(line[1:]) for line in counted["a"] if line[0] == node.node]
        assert numbers == sorted(numbers)


def test_a_heartbeat_has_an_entry_of_its_own_and_a_place() -> None:
    """So every node has a state before it and a state after it."""
    log = Log()
    node, other = log.joined("a"), log.joined("b")
    log.read(node)
    node.committed()
    node.append(said("before"))
    node.append(notice(Heartbeat(7)))
    node.append(said("after"))
    log.exchange(node)
    log.read(other)
    for each in (node, other):
        before, heartbeat, after = each.committed()
        assert (before.line, heartbeat.line, after.line) == ("before", Heartbeat(7, place=4), "after")


def test_an_entry_that_was_given_up_counts_only_before_anything_newer() -> None:
    """Nothing that is in the log and in its place is lost."""
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


def test_an_entry_that_does_not_follow_is_refused() -> None:
    """A gap in the log, and a message that is not an entry; the node reads on after both."""
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


def test_an_entry_of_another_protocol_version_supersedes_a_node() -> None:
    """It is not guessed what it means."""
    node = Log().joined()
    node.arrived(node.last + 1, json.dumps([VERSION + 1, "b", 1, "x", 0, 1, []]).encode())
    assert node.superseded == f"the room uses protocol version {VERSION + 1}, this udpchat uses version {VERSION}"
