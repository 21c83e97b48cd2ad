"""A server that is started on a full disk: a real one, of 400 KB in memory, for one process and its children alone."""

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
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.rooms.inputs import Input

SAID = [Input(float(number), number, MemoryAddress("127.0.0.1", 1), f"line {number}") for number in range(20)]
KINDS = ("ended", "crashed", "copied")


@pytest.mark.parametrize("play", ["go_on", "begin"])
def test_a_start_on_a_full_disk(play: str, tmp_path: Path) -> None:
    """What is there is gone on with, and what is said from then on is written when it can be; nothing is begun."""
    needs("unshare")
    private = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(tmp_path)]
    if subprocess.run([*private, *mount], check=False, capture_output=True, timeout=60).returncode:
        lacking("this needs a file system of its own, which is not allowed here")
    code = f"from tests.adapters.sqlite import test_full_disk; test_full_disk.{play}({str(tmp_path)!r})"
    script = f"{' '.join(mount)} && exec {sys.executable} -c '{code.replace(chr(39), chr(34))}'"
    done = subprocess.run([*private, "sh", "-c", script], check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def fill(folder: Path) -> None:
    """Take all the room there is."""
    with suppress(OSError), (folder / "filling").open("wb", buffering=0) as filling:
        while True:
            filling.write(bytes(4096))


def go_on(folder: str) -> None:
    """Start with a journal as each kind of end leaves it."""
    for kind in KINDS:
        path = Path(folder) / kind / "journal"
        path.parent.mkdir()
        left(path, kind)
        fill(path.parent)
        now = [0.0]
        with capture_logs() as logs:
            journal = SqliteJournal(JournalFile.open(path), CODEC, 100, lambda: now[0])  # noqa: B023 - within the turn
            assert list(journal.recover().inputs) == SAID
            assert not journal.due
            journal.append(SAID)
            assert list(journal.committed()) == SAID
            for _ in range(2):
                now[0] += RETRY_EVERY
                assert journal.due
                journal.save(Snapshot(said=1))
            assert {each["reason"] for each in logs} == {f"the disk is full, the journal {path} cannot be written"}
            (path.parent / "filling").unlink()
            now[0] += RETRY_EVERY
            journal.save(Snapshot(said=2))
        assert [each["event"].partition(":")[0] for each in logs] == [
            "journal lost", "snapshot not saved", "snapshot not saved", "journal resumed"
        ]  # fmt: skip
        journal.append(SAID[:3])
        file = JournalFile.look_at(path)
        assert file.last() == (43, 41)
        file.close()
        journal.close()
        again = SqliteJournal(JournalFile.open(path), CODEC, 100)
        recovered = again.recover()
        assert (recovered.state.said, list(recovered.inputs)) == (2, SAID[:3])
        again.close()
        shutil.rmtree(path.parent)


def left(path: Path, kind: str) -> None:
    """Leave a journal as an orderly end does, a crash, or a copy of what a crash left."""
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
    """Start where there is no journal yet, or one of which nothing but the file was made."""
    path = Path(folder) / "journal"
    for _ in range(2):
        path.touch()
        fill(path.parent)
        with pytest.raises(DiskFull, match="the disk is full"):
            JournalFile.open(path)
