"""Which snapshots a journal keeps."""

from __future__ import annotations

from udpchat.adapters.journal.retention import retained


def test_which_snapshots_are_kept() -> None:
    """The one that a replay begins with, the one after it, and the newest."""
    assert retained([0], 100) == [0]
    assert retained([0, 50, 99], 100) == [0, 50, 99]
    assert retained([0, 50, 99, 149], 100) == [0, 50, 149]
    assert retained([0, 50, 150], 100) == [50, 150]
    assert retained([0, 50, 500], 100) == [50, 500]
