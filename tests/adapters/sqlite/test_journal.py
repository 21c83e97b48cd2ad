"""A room with a journal in a file: it continues while the file cannot be written, and the file stays small."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from structlog.testing import capture_logs

from tests.adapters.sqlite.files import ADDRESS, INPUTS, opened
from tests.journals import CODEC
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import RETRY_EVERY, SNAPSHOT_EVERY, SqliteJournal
from udpchat.domain.machine.snapshot import Snapshot


def test_a_room_does_not_wait_for_another_program(path: Path) -> None:
    """It continues without its journal, as on a full disk, until the other program unlocks the file."""
    now = [0.0]
    journal = SqliteJournal(JournalFile.open(path), CODEC, 10_000, lambda: now[0])
    journal.recover()
    with closing(sqlite3.connect(path, isolation_level=None)) as db, capture_logs() as logs:
        db.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        journal.append(INPUTS)
        assert list(journal.committed()) == INPUTS
        now[0] += RETRY_EVERY
        journal.save(Snapshot())
        assert time.monotonic() - began < 1.0  # SQLite waits five seconds by default, each time
        assert [each["event"].split(":")[0] for each in logs] == ["journal lost", "snapshot not saved"]
        assert "in use by another program" in logs[0]["reason"]
        db.execute("ROLLBACK")
        now[0] += RETRY_EVERY
        assert journal.snapshot_due
        journal.save(Snapshot(said=1))
        assert logs[-1]["event"].startswith("journal resumed")
    journal.append(INPUTS[:1])
    journal.file.close()
    assert opened(path).file.tables.last_batch() == (len(INPUTS) + 1, len(INPUTS) + 1)


def test_a_full_disk_keeps_the_room_talking(path: Path) -> None:
    """Inputs are committed without a journal, the log says so once, and a snapshot resumes the journal."""
    now = [0.0]
    journal = SqliteJournal(JournalFile.open(path), CODEC, 10_000, lambda: now[0])
    journal.recover()
    db = journal.file.tables.db
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count={pages}")  # as a full disk, for this connection alone
    with capture_logs() as logs:
        for _ in range(3):
            journal.append(INPUTS)
            assert list(journal.committed()) == INPUTS
        assert [each["log_level"] for each in logs] == ["error"]
        assert logs[0]["event"] == "journal lost: the room continues without it"
        assert logs[0]["reason"] == f"cannot write the journal {path}: the disk is full, free some space"
        assert not journal.snapshot_due
        now[0] = RETRY_EVERY
        assert journal.snapshot_due
        big = Snapshot(absent=tuple((ADDRESS, number) for number in range(10_000)))
        journal.save(big)
        assert logs[-1]["event"] == "snapshot not saved"
        assert not journal.snapshot_due
        db.execute("PRAGMA max_page_count=1000000")
        now[0] *= 2
        assert journal.snapshot_due
        journal.save(big)
    assert logs[-1]["event"].startswith("journal resumed")
    assert not journal.snapshot_due
    journal.append(INPUTS[:2])
    journal.file.close()
    recovered = SqliteJournal(JournalFile.open(path), CODEC, 10_000).recover()
    assert recovered.state == big
    assert list(recovered.inputs) == INPUTS[:2]


def test_a_disk_that_is_full_at_the_end(path: Path) -> None:
    """The server ends without its last write, and the next one takes the last lines for unsent."""
    journal = opened(path)
    journal.append(INPUTS[:1])
    journal.save(Snapshot())
    journal.file.tables.db.execute("PRAGMA query_only=1")  # as a full disk
    with capture_logs() as logs:
        journal.close()
    assert logs[-1]["event"] == "journal not closed"
    assert opened(path).snapshot_due is False


def test_a_snapshot_is_due_after_so_many_inputs(path: Path) -> None:
    """A start never replays more inputs than that."""
    journal = opened(path)
    for _ in range(SNAPSHOT_EVERY // len(INPUTS)):
        assert not journal.snapshot_due
        journal.append(INPUTS)
    assert journal.snapshot_due
    journal.save(Snapshot())
    assert not journal.snapshot_due


def test_old_inputs_and_snapshots_are_deleted(path: Path) -> None:
    """The file always has enough inputs for a replay, from a snapshot on, and not many more."""
    journal = opened(path, keep=500)
    for number in range(20):
        journal.append(INPUTS)
        journal.save(Snapshot(said=number + 1))
        kept = journal.file.tables.snapshots()
        inputs = list(journal.file.tables.inputs(0))
        assert min(500, (number + 1) * 200) <= len(inputs) <= 500 + 2 * 200 + 200
        assert len(kept) <= 3
        assert inputs[0][0] == kept[0][0] + 1
        assert kept[-1][0] == (number + 1) * 200
