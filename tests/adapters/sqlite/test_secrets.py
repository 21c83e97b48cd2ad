"""A journal of an earlier version, which has codes in its inputs: no byte of them stays."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from structlog.testing import capture_logs

from tests.adapters.sqlite.files import ADDRESS, change, opened
from tests.journals import CODEC
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import RETRY_EVERY, SqliteJournal
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.rooms.inputs import Input

CODE = b"k7f3qz"
INPUTS = [Input(float(number), number, ADDRESS, f"/enter {CODE.decode()}") for number in range(300)]
NEW = [Input(400.0, 1, ADDRESS, "hello")]


def old_journal(path: Path) -> None:
    """Make the journal of an earlier version. Some of its inputs were deleted already, and it ended in a crash."""
    journal = opened(path, keep=1)
    journal.file.tables.db.execute("PRAGMA secure_delete=OFF")  # as most builds of SQLite do
    for _ in range(3):
        journal.append(INPUTS)
        journal.save(Snapshot(said=1))
    journal.append(INPUTS[:3])
    journal.file.close()
    change(path, "DELETE FROM facts WHERE name = 'no secrets'")


def kept(path: Path) -> bytes:
    """Return all bytes beside a journal."""
    return b"".join(each.read_bytes() for each in path.parent.iterdir())


def test_the_next_snapshot_deletes_codes(path: Path) -> None:
    """It is due at once, and whatever ends the server afterwards, the room is as it was."""
    old_journal(path)
    journal = opened(path, keep=100)
    assert CODE in kept(path)
    assert journal.snapshot_due
    journal.save(Snapshot(said=2))
    assert CODE not in kept(path)
    with capture_logs() as logs:
        journal.append(NEW)
        journal.tick()
        assert not journal.snapshot_due
    assert logs == []
    journal.file.close()
    again = opened(path)
    assert not again.snapshot_due
    again.file.close()
    recovered = SqliteJournal(JournalFile.open(path), CODEC, 100).recover()
    assert (recovered.state, list(recovered.inputs)) == (Snapshot(said=2), NEW)


def test_a_reader_delays_it(path: Path) -> None:
    """It needs the old inputs until it ends. Then the next attempt deletes them."""
    old_journal(path)
    now = [0.0]
    journal = SqliteJournal(JournalFile.open(path), CODEC, 100, lambda: now[0])
    journal.recover()
    with closing(sqlite3.connect(path, isolation_level=None)) as reader, capture_logs() as logs:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM inputs").fetchone()
        journal.save(Snapshot())
        journal.append(NEW)
    assert logs == [
        {
            "event": "old inputs are not deleted yet",
            "reason": f"the journal {path} is in use by another program: close that program",
            "log_level": "warning",
        }
    ]
    assert CODE in kept(path)
    assert not journal.snapshot_due
    now[0] = RETRY_EVERY
    assert journal.snapshot_due
    journal.save(Snapshot())
    assert CODE not in kept(path)
    assert not journal.snapshot_due
    journal.close()


def test_a_new_file_in_place_of_an_old_one_has_none(path: Path) -> None:
    """The old file was moved away, so the server leaves it as it is."""
    old_journal(path)
    journal = opened(path)
    path.rename(path.with_name("moved"))
    journal.tick()
    journal.save(Snapshot())
    assert not journal.snapshot_due
    journal.file.close()
    journal = opened(path)
    assert not journal.snapshot_due
    journal.file.close()
