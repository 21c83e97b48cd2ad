"""What other programs do to the files of a journal that a server writes: the server notices, and loses nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.adapters.sqlite.files import (
    INPUTS,
    RESUMED,
    STATE,
    Happening,
    fill,
    found_at,
    happen,
    moved,
    opened,
    removed_with_all,
)
from udpchat.adapters.sqlite import maintenance
from udpchat.adapters.sqlite.file import LOG_BYTES
from udpchat.domain.machine.snapshot import Snapshot

LOST = "journal lost"


def moved_with_all(path: Path) -> None:
    """Move all of its files."""
    for each in list(path.parent.glob(f"{path.name}*")):
        each.rename(path.parent / f"old.{each.name}")


def linked(path: Path) -> None:
    """Move it to another place, and leave a link."""
    (path.parent / "bigger").mkdir()
    path.rename(path.parent / "bigger" / path.name)
    path.symlink_to(path.parent / "bigger" / path.name)


def replaced(path: Path) -> None:
    """Put another journal at its path."""
    fill(path.parent / "other")
    (path.parent / "other").rename(path)


def folder_replaced(path: Path) -> None:
    """Move the folder, and make a new one."""
    path.parent.rename(f"{path.parent}.old")
    path.parent.mkdir()


def copied_over(path: Path) -> None:
    """Write another journal into its file, as `cp` does."""
    fill(path.parent / "other")
    shutil.copyfile(path.parent / "other", path)


def overwritten(path: Path) -> None:
    """Write something else into its file, as long as that was."""
    path.write_bytes(bytes(path.stat().st_size))


def emptied(path: Path) -> None:
    """Put an empty file at its path."""
    path.unlink()
    path.touch()


def folder_at_its_path(path: Path) -> None:
    """Put a folder at its path."""
    path.unlink()
    path.mkdir()


def linked_to_nowhere(path: Path) -> None:
    """Put a link at its path that leads nowhere."""
    path.unlink()
    path.symlink_to(f"{path}.elsewhere")


HAPPENINGS: list[Happening] = [
    moved,
    moved_with_all,
    lambda path: path.unlink(),
    removed_with_all,
    linked,
    replaced,
    emptied,
    folder_at_its_path,
    linked_to_nowhere,
    folder_replaced,
    copied_over,
    overwritten,
    lambda path: os.truncate(path, 0),
    lambda path: os.truncate(path, 5000),
    lambda path: os.truncate(f"{path}-wal", 0),
    lambda path: os.truncate(f"{path}-wal", 10_000),
    lambda path: Path(f"{path}-wal").unlink(),
    lambda path: Path(f"{path}-wal").write_bytes(b""),
    lambda path: Path(f"{path}-shm").unlink(),
]


shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


@pytest.mark.untraced
@shared
@given(happenings=st.lists(st.sampled_from(HAPPENINGS), min_size=1, max_size=3), in_log=st.booleans())
def test_nothing_is_lost_whatever_happens_to_the_files(
    folders: Callable[[], Path], *, happenings: list[Happening], in_log: bool
) -> None:
    """The next look finds it, one error says so, and the next snapshot is in a new file at the path."""
    path = folders() / "journal"
    journal = opened(path)
    journal.file.set_fact("key", b"key")
    journal.append(INPUTS)
    if not in_log:
        journal.file.tables.checkpoint("TRUNCATE")
        journal.file._watch.accept()  # noqa: SLF001 - as after its own look
    state, inputs = Snapshot(), len(INPUTS)
    for each in happenings:
        happen(path, each)
        journal.append(INPUTS[:5])
        assert len(journal.committed()) in {5, 5 + len(INPUTS)}
        with capture_logs() as logs:
            journal.tick()
            journal.tick()
            if journal.snapshot_due:
                journal.save(STATE)
        events = [log["event"].partition(":")[0] for log in logs]
        assert events in ([], [LOST, RESUMED]), logs
        state, inputs = (STATE, 0) if events else (state, inputs + 5)  # without an error, nothing was lost
    journal.append(INPUTS[:3])
    assert journal.file.tables.fact("key") == b"key"
    journal.file.close()
    assert found_at(path) == (state, inputs + 3)


def test_a_moved_journal_is_complete(path: Path) -> None:
    """Whoever moves the file alone gets all inputs, also those that were in the log beside it."""
    journal = opened(path)
    journal.append(INPUTS)
    happen(path, moved)
    journal.append(INPUTS)
    with capture_logs() as logs:
        journal.tick()
        assert journal.snapshot_due
        journal.save(STATE)
    assert [(log["log_level"], log.get("reason")) for log in logs] == [
        ("error", f"the journal {path} was moved or removed"),
        ("warning", None),
    ]
    assert found_at(Path(f"{path}.old")) == (Snapshot(), 2 * len(INPUTS))
    journal.close()
    assert found_at(path) == (STATE, 0)
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name, f"{path.name}.old"]


def test_an_end_notices_too(path: Path) -> None:
    """The file was moved just before the server ends: the last snapshot is in a new file."""
    journal = opened(path)
    journal.append(INPUTS)
    happen(path, moved)
    with capture_logs() as logs:
        journal.save(STATE)
        journal.close()
    assert [log["event"].partition(":")[0] for log in logs] == ["journal lost", RESUMED]
    assert found_at(path) == (STATE, 0)


def test_what_others_may_do(path: Path) -> None:
    """A file that another program has packed, or read, is no lost file."""
    journal = opened(path)
    journal.append(INPUTS)
    with closing(sqlite3.connect(path)) as db:
        db.execute("DELETE FROM inputs WHERE seq < 150")
        db.commit()
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with capture_logs() as logs:
        for _ in range(3):
            journal.tick()
            journal.append(INPUTS)
    assert logs == []


def test_the_log_is_moved_into_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays short, and what the server itself writes needs no check."""
    monkeypatch.setattr(maintenance, "is_sound", lambda _: pytest.fail("the file is checked"))
    journal = opened(path)
    for _ in range(6):
        for _ in range(30):
            journal.append(INPUTS)
        journal.tick()
        assert Path(f"{path}-wal").stat().st_size < 2 * LOG_BYTES
    assert path.stat().st_size > 2 * LOG_BYTES
