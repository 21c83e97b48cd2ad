"""Nodes that must not go on: another process serves their clients."""

from __future__ import annotations

from tests.adapters.nats.replication.log import Log, said, texts


def test_the_newest_process_of_a_node_counts() -> None:
    """The process before it notices, and nothing that it publishes counts."""
    log = Log()
    old = log.joined()
    new = log.node()
    log.publish(new)
    old.append(said("too late"))
    log.publish(old)
    for node in (old, new):
        log.read(node)
        assert texts(node.committed()) == []
    assert old.superseded == "the node a was started again elsewhere"
    assert new.superseded == ""
    old.append(said("again"))
    assert log.publish(old) == 0


def test_a_replaced_process_takes_nothing_more() -> None:
    """The clients of the node would otherwise receive everything after the start of its successor twice."""
    log = Log()
    old = log.joined()
    new = log.joined()
    new.append(said("once"))
    log.publish(new)
    log.read(new)
    log.read(old)
    assert texts(old.committed()) == []
    assert texts(new.committed()) == ["once"]


def test_a_process_counts_until_its_successor_has_started() -> None:
    """The lines that it publishes before that are not lost."""
    log = Log()
    old = log.joined()
    new = log.node()
    old.append(said("last words"))
    log.publish(old)
    log.publish(new)
    log.read(new)
    assert texts(new.committed()) == ["last words"]
    assert new.superseded == ""


def test_of_two_processes_that_start_at_once_one_is_the_node() -> None:
    """The one whose start is first in the log."""
    log = Log()
    one, two = log.node(), log.node()
    log.publish(one)
    log.publish(two)
    log.read(one)
    log.read(two)
    assert one.superseded == ""
    assert two.superseded == "the node a was started elsewhere at the same time"


def test_a_node_that_is_taken_over_notices() -> None:
    """Its entries do not count any more, until it is started again."""
    log = Log()
    old, heir = log.joined("a"), log.node("b", takes_over="a")
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
