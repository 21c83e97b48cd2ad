"""When a snapshot can be taken, and the document in which it is saved."""

from __future__ import annotations

import json

import pytest

from tests.adapters.nats.replication.log import Log, notice, replica, said
from udpchat.adapters.journal.errors import Unreadable
from udpchat.adapters.nats.replication.checkpoints import MAX_CHECKPOINTS, SNAPSHOT_EVERY
from udpchat.adapters.nats.replication.entries import MAX_ENTRY_INPUTS, VERSION
from udpchat.adapters.nats.replication.origins import Origins
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.rooms.inputs import Heartbeat


def test_a_document_has_the_origins_of_the_last_entries() -> None:
    """A node that starts from it counts the same entries as the others."""
    log = Log()
    node = log.joined()
    node.append(said("one"))
    log.exchange(node)
    node.append(notice(Heartbeat()))
    log.exchange(node)
    document = node.checkpoints.document(3, Snapshot(said=5))
    log.payloads.append(log.payloads[1])  # once more
    other = replica("b")
    other.begin(document)
    log.read(other)
    recovered = other.recover()
    assert (recovered.state.said, list(recovered.inputs)) == (5, [])
    head, _, rest = document.partition(b"\n")
    with pytest.raises(Unreadable, match=f"of version {VERSION + 1}"):
        other.begin(json.dumps([VERSION + 1, *json.loads(head)[1:]]).encode() + b"\n" + rest)


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
def test_a_document_that_cannot_be_read(document: bytes) -> None:
    """Anything else is refused with a sentence, and leaves the node as it was."""
    node = replica("b")
    with pytest.raises(Unreadable, match=r"has a snapshot that cannot be read: .|of version"):
        node.begin(document)
    assert (node.last, node.origins, node.recover().state) == (0, Origins(), Snapshot())


def test_a_snapshot_is_due_when_a_start_would_take_long() -> None:
    """And not again right after one was taken."""
    log = Log()
    node = log.joined()
    while not node.checkpoints.due:
        node.append(said(*["x"] * MAX_ENTRY_INPUTS))
        log.publish(node)
        log.read(node)
    assert len(node.committed()) >= SNAPSHOT_EVERY - 1
    node.append(notice(Heartbeat()))
    log.exchange(node)
    node.checkpoints.document(node.last, Snapshot())
    assert not node.checkpoints.due
    for _ in range(MAX_CHECKPOINTS + 3):
        node.append(notice(Heartbeat()))
        log.exchange(node)
    assert len(node.checkpoints) == MAX_CHECKPOINTS
    assert not node.snapshot_due
    node.save(Snapshot())
    node.close()


def test_a_state_can_be_saved_only_after_one_of_the_last_heartbeats() -> None:
    """A node that was behind may read so many heartbeats at once that the first is forgotten when it is handled."""
    log = Log()
    node = log.joined()
    for _ in range(MAX_CHECKPOINTS + 1):
        node.append(notice(Heartbeat()))
        log.exchange(node)
    first, *others = [given.line.place for given in node.committed() if isinstance(given.line, Heartbeat)]
    assert first not in node.checkpoints
    assert all(place in node.checkpoints for place in others)
