"""The path of a journal, where a second server, another file or another disk may be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.adapters.sqlite.files import INPUTS, RESUMED, STATE, found_at, happen, moved, opened, removed_with_all
from tests.app.clients.processes import lacking, needs
from tests.journals import CODEC
from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.sqlite import maintenance
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import RETRY_EVERY, SqliteJournal
from udpchat.adapters.sqlite.reading import open_read_only


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
    code = f"from tests.adapters.sqlite import test_place; test_place.mount_over({str(tmp_path)!r})"
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
