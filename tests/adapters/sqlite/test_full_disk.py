"""A server that starts on a full disk: a real file system of 400 KB in memory, which only one process tree sees."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.app.clients.processes import lacking, needs
from tests.journals import CODEC
from udpchat.adapters.journal.errors import DiskFull
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import RETRY_EVERY, SqliteJournal
from udpchat.adapters.sqlite.reading import open_read_only
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.rooms.inputs import Input

SAID = [Input(float(number), number, MemoryAddress("127.0.0.1", 1), f"line {number}") for number in range(20)]
KINDS = ("ended", "crashed", "copied")


@pytest.mark.parametrize("play", ["go_on", "begin"])
def test_a_start_on_a_full_disk(play: str, tmp_path: Path) -> None:
    """A journal is read, and written as soon as the disk has space. A new journal cannot be created."""
    needs("unshare")
    private = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(tmp_path)]
    if subprocess.run([*private, *mount], check=False, capture_output=True, timeout=60).returncode:
        lacking("this user may not mount a file system")
    code = f"from tests.adapters.sqlite import test_full_disk; test_full_disk.{play}({str(tmp_path)!r})"
    script = f"{' '.join(mount)} && exec {sys.executable} -c '{code.replace(chr(39), chr(34))}'"
    done = subprocess.run([*private, "sh", "-c", script], check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def fill(folder: Path) -> None:
    """Write a file until the disk is full."""
    with suppress(OSError), (folder / "filling").open("wb", buffering=0) as filling:
        while True:
            filling.write(bytes(4096))


def go_on(folder: str) -> None:
    """Start with a journal as an orderly end leaves it, as a crash does, and as a copy."""
    for kind in KINDS:
        path = Path(folder) / kind / "journal"
        path.parent.mkdir()
        left(path, kind)
        fill(path.parent)
        now = [0.0]
        with capture_logs() as logs:
            journal = SqliteJournal(JournalFile.open(path), CODEC, 100, lambda: now[0])  # noqa: B023 - called in this round
            assert list(journal.recover().inputs) == SAID
            assert not journal.snapshot_due
            journal.append(SAID)
            assert list(journal.committed()) == SAID
            for _ in range(2):
                now[0] += RETRY_EVERY
                assert journal.snapshot_due
                journal.save(Snapshot(said=1))
            assert {each["reason"] for each in logs} == {
                f"cannot write the journal {path}: the disk is full, free some space"
            }
            (path.parent / "filling").unlink()
            now[0] += RETRY_EVERY
            journal.save(Snapshot(said=2))
        assert [each["event"].partition(":")[0] for each in logs] == [
            "journal lost", "snapshot not saved", "snapshot not saved", "journal resumed"
        ]  # fmt: skip
        journal.append(SAID[:3])
        tables = open_read_only(path)
        assert tables.last_batch() == (43, 41)
        tables.close()
        journal.close()
        again = SqliteJournal(JournalFile.open(path), CODEC, 100)
        recovered = again.recover()
        assert (recovered.state.said, list(recovered.inputs)) == (2, SAID[:3])
        again.close()
        shutil.rmtree(path.parent)


def left(path: Path, kind: str) -> None:
    """Make a journal as an orderly end leaves it, as a crash does, or as a copy without the shared-memory file."""
    journal = SqliteJournal(JournalFile.open(path), CODEC, 100)
    journal.recover()
    journal.append(SAID)
    if kind == "ended":
        journal.close()
        return
    copies = {name: path.with_name(name).read_bytes() for name in ("journal", "journal-wal", "journal-shm")}
    journal.file.close()
    for name, content in copies.items():
        if kind == "crashed" or name != "journal-shm":
            path.with_name(name).write_bytes(content)


def begin(folder: str) -> None:
    """Start where no journal exists yet, and where only an empty file exists."""
    path = Path(folder) / "journal"
    for _ in range(2):
        path.touch()
        fill(path.parent)
        with pytest.raises(DiskFull, match="the disk is full"):
            JournalFile.open(path)
