"""What other programs do to the files of a journal that a server writes: the server notices, and loses nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.adapters.sqlite.files import INPUTS, fill, opened
from tests.app.clients.processes import lacking, needs
from tests.journals import CODEC
from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.sqlite import maintenance
from udpchat.adapters.sqlite.file import LOG_BYTES, JournalFile
from udpchat.adapters.sqlite.journal import RETRY_EVERY, SqliteJournal
from udpchat.adapters.sqlite.maintenance import integrity_problems
from udpchat.adapters.sqlite.reading import open_read_only
from udpchat.domain.machine.snapshot import Snapshot

STATE = Snapshot(said=7)
LOST, RESUMED = "journal lost: the room continues without it", "journal resumed"

Happening = Callable[[Path], object]
"""Something that another program does to the journal at a path."""


def moved(path: Path) -> None:
    """Move the journal, as somebody does who wants to begin a new one."""
    path.rename(f"{path}.old")


def moved_with_all(path: Path) -> None:
    """Move all of its files."""
    for each in list(path.parent.glob(f"{path.name}*")):
        each.rename(path.parent / f"old.{each.name}")


def removed_with_all(path: Path) -> None:
    """Remove all of its files."""
    for each in list(path.parent.glob(f"{path.name}*")):
        each.unlink()


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


@pytest.fixture
def folders(tmp_path: Path) -> Callable[[], Path]:
    """Return a function that makes a new folder each time."""
    numbers = count()

    def made() -> Path:
        folder = tmp_path / f"room{next(numbers)}"
        folder.mkdir()
        return folder

    return made


def found_at(path: Path) -> tuple[Snapshot, int]:
    """Return the state that a server starts with, and how many inputs follow it. The journal must be intact."""
    tables = open_read_only(path)
    assert integrity_problems(tables) == []
    tables.close()
    journal = SqliteJournal(JournalFile.open(path), CODEC, 10_000)
    recovered = journal.recover()
    found = recovered.state, len(list(recovered.inputs))
    journal.file.close()
    return found


shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


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
        assert events in ([], [LOST.partition(":")[0], RESUMED]), logs
        state, inputs = (STATE, 0) if events else (state, inputs + 5)  # without an error, nothing was lost
    journal.append(INPUTS[:3])
    assert journal.file.tables.fact("key") == b"key"
    journal.file.close()
    assert found_at(path) == (state, inputs + 3)


def happen(path: Path, what: Happening) -> None:
    """Let it happen, in a process of its own: if this one closed the file, that would drop the locks of SQLite."""
    child = os.fork()
    if not child:
        try:
            what(path)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


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


def test_a_second_server_is_refused_although_the_file_was_moved(path: Path) -> None:
    """The lock is on the path, too, not only on the file that was moved."""
    journal = opened(path)
    happen(path, moved)
    for _ in range(2):
        with pytest.raises(JournalError, match="in use by another server"):
            JournalFile.open(path)
        journal.tick()
        if journal.snapshot_due:
            journal.save(STATE)
    journal.close()
    opened(path).close()


def test_the_lock_on_the_path_is_taken_again(path: Path) -> None:
    """Somebody who removes its file removes no lock for longer than a second."""
    journal = opened(path)
    Path(f"{path}-lock").unlink()
    journal.tick()
    happen(path, moved)
    with pytest.raises(JournalError, match="in use by another server"):
        JournalFile.open(path)
    journal.close()


def test_the_journal_of_another_server_stays_as_it_is(path: Path) -> None:
    """All files were removed and another server was faster: its journal is not touched while it runs."""
    now = [0.0]
    journal = SqliteJournal(JournalFile.open(path), CODEC, 10_000, lambda: now[0])
    journal.recover()
    removed_with_all(path)
    other = opened(path)
    other.append(INPUTS)
    with capture_logs() as logs:
        journal.append(INPUTS[:5])
        journal.tick()
        for _ in range(2):
            assert journal.snapshot_due
            journal.save(STATE)
            other.append(INPUTS)
            other.tick()
            now[0] += RETRY_EVERY
    sentence = f"the journal {path} is in use by another server: stop that server, or choose another file"
    assert [log["reason"] for log in logs] == [f"the journal {path} was replaced by another file", sentence, sentence]
    other.close()
    assert len(list(other_inputs(path))) == 3 * len(INPUTS)
    journal.save(STATE)
    journal.close()
    assert found_at(path) == (STATE, 0)
    (aside,) = path.parent.glob("room.journal.*Z")
    assert len(list(other_inputs(aside))) == 3 * len(INPUTS)


def test_a_file_that_comes_while_the_old_one_is_moved_aside(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays as it is until the next attempt, which moves it aside, too."""
    journal = opened(path)
    happen(path, moved)
    aside = maintenance.move_aside
    monkeypatch.setattr(maintenance, "move_aside", lambda path: path.write_text("mine"))
    with capture_logs() as logs:
        journal.save(STATE)
        monkeypatch.setattr(maintenance, "move_aside", aside)
        assert path.read_text() == "mine"
        journal.save(STATE)
    assert [log.get("reason") for log in logs] == [
        f"the journal {path} was moved or removed", f"the journal {path} was replaced by another file", None
    ]  # fmt: skip
    assert Path(logs[-1]["moved_aside"]).read_text() == "mine"
    journal.close()
    assert found_at(path) == (STATE, 0)


def other_inputs(path: Path) -> list[object]:
    """Return the inputs in a journal that no server writes."""
    tables = open_read_only(path)
    found: list[object] = list(tables.inputs(0))
    tables.close()
    return found


def test_a_place_that_comes_back(path: Path) -> None:
    """Without its folder the room goes on; as soon as the folder is there again, so is the journal."""
    now = [0.0]
    journal = SqliteJournal(JournalFile.open(path), CODEC, 10_000, lambda: now[0])
    journal.recover()
    path.parent.rename(f"{path.parent}.old")
    with capture_logs() as logs:
        journal.tick()
        for _ in range(3):
            journal.save(STATE)
            journal.append(INPUTS)
            now[0] += RETRY_EVERY
        path.parent.mkdir()
        journal.save(STATE)
    assert [log["event"].partition(":")[0] for log in logs] == ["journal lost", *3 * ["snapshot not saved"], RESUMED]
    assert logs[1]["reason"] == f"cannot write the journal {path}: No such file or directory"
    journal.append(INPUTS)
    journal.file.close()
    assert found_at(path) == (STATE, len(INPUTS))


def test_an_end_without_a_place(path: Path) -> None:
    """A server whose journal cannot be begun again says so, and ends in order."""
    journal = opened(path)
    path.parent.rename(f"{path.parent}.old")
    with capture_logs() as logs:
        journal.save(STATE)
        journal.close()
    assert [log["event"].partition(":")[0] for log in logs] == ["journal lost", "snapshot not saved"]


def test_a_disk_that_is_remounted_read_only(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look finds that before the next line does, and a disk that can be written again has the journal again."""
    now, read_only = [0.0], [True]
    journal = SqliteJournal(JournalFile.open(path), CODEC, 10_000, lambda: now[0])
    journal.recover()
    found = os.statvfs(path)
    flags = os.statvfs_result((*tuple(found)[:8], os.ST_RDONLY, *tuple(found)[9:]))
    monkeypatch.setattr(os, "statvfs", lambda _: flags if read_only[0] else found)
    with capture_logs() as logs:
        journal.tick()
        journal.append(INPUTS)
        assert not journal.snapshot_due
        now[0] += RETRY_EVERY
        journal.save(STATE)
        read_only[0] = False
        now[0] += RETRY_EVERY
        assert journal.snapshot_due
        journal.save(STATE)
    assert [log["event"].partition(":")[0] for log in logs] == ["journal lost", "snapshot not saved", RESUMED]
    assert logs[0]["reason"] == f"cannot write the journal {path}: the disk is read-only"
    journal.file.close()
    assert found_at(path) == (STATE, 0)


def test_another_disk_over_the_folder(tmp_path: Path) -> None:
    """A disk that is mounted there gets a new journal; on a full one, no piece of it stays."""
    needs("unshare")
    private = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
    if subprocess.run([*private, "true"], check=False, capture_output=True, timeout=60).returncode:
        lacking("this user may not mount a file system")
    code = f"from tests.adapters.sqlite import test_watch; test_watch.mount_over({str(tmp_path)!r})"
    done = subprocess.run(
        [*private, sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def mount_over(folder: str) -> None:
    """Mount a disk over the folder of a journal: small and full at first."""
    now, path = [0.0], Path(folder) / "journal"
    journal = SqliteJournal(JournalFile.open(path), CODEC, 10_000, lambda: now[0])
    journal.recover()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder], check=True, timeout=60)
    with capture_logs() as logs:
        journal.append(INPUTS)
        journal.tick()
        for _ in range(2):
            journal.save(STATE)
            now[0] += RETRY_EVERY
        assert [each.name for each in path.parent.iterdir()] == ["journal-lock"]
        subprocess.run(["mount", "-o", "remount,size=1m", folder], check=True, timeout=60)
        journal.save(STATE)
        journal.append(INPUTS[:3])
    assert [log["event"].partition(":")[0] for log in logs] == [
        "journal lost", "snapshot not saved", "snapshot not saved", RESUMED
    ]  # fmt: skip
    journal.file.close()
    assert found_at(path) == (STATE, 3)
