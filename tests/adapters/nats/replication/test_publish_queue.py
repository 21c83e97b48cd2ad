"""What a node publishes, when, and what it gives up."""

from __future__ import annotations

from tests.adapters.nats.replication.log import Log, notice, said, texts
from udpchat.adapters.nats.replication.entries import MAX_ENTRY_INPUTS
from udpchat.adapters.nats.replication.publish_queue import MAX_IN_FLIGHT, MAX_WAITING, PIPELINE_INPUTS
from udpchat.domain.rooms.inputs import Reloaded, Rules


def test_inputs_that_come_together_share_an_entry() -> None:
    """While an entry is in flight, few inputs wait and many do not; and the entries in flight are bounded."""
    log = Log()
    node = log.joined()
    node.append(said("one"))
    node.append(said("two"))
    assert log.publish(node) == 1
    node.append(said("three"))
    assert log.publish(node) == 0
    node.append(said(*map(str, range(PIPELINE_INPUTS))))
    assert log.publish(node) == 1
    for _ in range(MAX_IN_FLIGHT):
        node.append(said(*["x"] * MAX_ENTRY_INPUTS))
    assert log.publish(node) == MAX_IN_FLIGHT - 2
    assert not node.full
    node.append(said(*["x"] * MAX_WAITING))
    assert node.full
    while node.queue.unfinished:
        log.read(node)
        log.publish(node)
    lines = texts(node.committed())
    assert lines[:3] == ["one", "two", "three"]
    assert len(lines) == 3 + PIPELINE_INPUTS + MAX_IN_FLIGHT * MAX_ENTRY_INPUTS + MAX_WAITING
    assert not node.full


def test_new_rules_have_an_entry_of_their_own() -> None:
    """So they expire as a line does, and the lines behind them do not wait longer."""
    log = Log()
    node = log.joined()
    new = Reloaded(Rules(motd="be kind"))
    for inputs in (said("before"), notice(new), said("behind")):
        node.append(inputs)
    for _ in range(3):
        assert log.publish(node) == 1
        log.read(node)
    assert [each.line for each in node.committed()] == ["before", new, "behind"]


def test_entries_that_are_too_large_are_split() -> None:
    """A NATS server takes each of them, whatever is in the lines."""
    log = Log()
    node, other = log.joined("a"), log.joined("b")
    lines = [f"{number} {chr(34) * 60_000}" for number in range(40)]
    node.append(said(*lines))
    log.exchange(node)
    assert max(map(len, log.payloads)) < 1_000_000
    log.read(other)
    assert texts(other.committed()) == texts(node.committed()) == lines


def test_inputs_that_are_not_back_in_time_are_given_up() -> None:
    """Those that wait and those in flight; nothing behind them is lost."""
    log = Log()
    node = log.joined()
    node.append(said("in flight"))
    list(node.outgoing())  # it is lost
    log.now = 1.0
    node.append(said("behind"))
    assert node.queue.silence() == 1.0
    log.now = 2.5
    assert node.expire()
    assert texts(node.expired()) == ["in flight"]
    assert list(node.expired()) == []
    assert not node.expire()
    assert log.publish(node) == 1
    log.read(node)
    assert texts(node.committed()) == ["behind"]
    assert node.queue.silence() == 0.0
    node.append(said("waits"))
    log.now = 9.0
    node.expire()
    assert texts(node.expired()) == ["waits"]
    assert not node.queue.unfinished


def test_everything_can_be_given_up_at_the_end() -> None:
    """Inputs in flight and inputs that wait."""
    log = Log()
    node = log.joined()
    node.append(said("in flight"))
    list(node.outgoing())
    node.append(said("waits"))
    node.queue.give_up()
    assert texts(node.expired()) == ["in flight", "waits"]
    assert not node.queue.unfinished


def test_a_start_is_never_given_up() -> None:
    """However long the log is away; nothing else is published before the start has counted."""
    log = Log()
    node = log.node()
    list(node.outgoing())
    node.append(said("too early"))
    log.now = 100.0
    node.expire()
    assert texts(node.expired()) == ["too early"]
    node.queue.reconnected()
    assert log.publish(node) == 1
    node.append(said("hello"))
    assert log.publish(node) == 0
    log.read(node)
    assert log.publish(node) == 1
    log.read(node)
    assert texts(node.committed()) == ["hello"]


def test_a_node_is_steady_while_everything_comes_back_in_time() -> None:
    """A line that is given up, and a new connection, begin the time again."""
    log = Log(now=5.0)
    node = log.joined()
    log.now = 7.0
    assert node.queue.steady() == 2.0
    node.append(said("in flight"))
    list(node.outgoing())
    log.now = 10.0
    node.expire()
    log.now = 11.0
    assert node.queue.steady() == 1.0
    assert node.queue.silence() == 4.0
    node.queue.reconnected()
    assert (node.queue.steady(), node.queue.silence()) == (0.0, 0.0)
