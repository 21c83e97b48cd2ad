"""A journal that is looked at by somebody who can write nothing beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.journals import CODEC
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import SqliteJournal
from udpchat.domain.rooms.inputs import Input

SAID = [Input(float(number), number, MemoryAddress("127.0.0.1", 1), f"line {number}") for number in range(20)]
LOOK = """
import os, sys
from pathlib import Path
from udpchat.adapters.sqlite.file import JournalError, JournalFile
root = os.geteuid() == 0
if root:
    os.seteuid(65534)
try:
    file = JournalFile.look_at(Path(sys.argv[1]))
    print(file.last()[0], file.problems())
except JournalError as exc:
    print(exc)
if root:  # again, to leave what a measurement of coverage writes at the end
    os.seteuid(0)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder that everybody can look into."""
    for each in (tmp_path, *tmp_path.parents):
        if each.name.startswith(("test_", "popen-", "pytest-")):  # which pytest makes for one user alone
            each.chmod(0o755)
    return tmp_path


def seen(path: Path) -> str:
    """Return what somebody sees who can read all there is, and write nothing."""
    for each in path.parent.iterdir():
        each.chmod(0o444)
    path.parent.chmod(0o555)
    done = subprocess.run([sys.executable, "-c", LOOK, path], capture_output=True, text=True, check=False, timeout=60)
    path.parent.chmod(0o755)
    assert done.stderr == ""
    return done.stdout.removesuffix("\n")


def test_after_an_orderly_end(folder: Path) -> None:
    """There is the file alone, and all is in it."""
    path = folder / "journal"
    journal = SqliteJournal(JournalFile.open(path), CODEC, 100)
    journal.recover()
    journal.append(SAID)
    journal.close()
    assert [each.name for each in folder.iterdir()] == ["journal"]
    assert seen(path) == "20 []"
    assert [each.name for each in folder.iterdir()] == ["journal"]


@pytest.mark.parametrize("left", [("-wal", "-shm"), ("-wal",)], ids=" ".join)
def test_after_a_crash(folder: Path, left: tuple[str, ...]) -> None:
    """What was said last is beside the file: it is read, or it is told that it cannot be."""
    path, copy = folder / "journal", folder / "copy"
    journal = SqliteJournal(JournalFile.open(path), CODEC, 100)
    journal.recover()
    journal.append(SAID)
    copy.mkdir()
    for name in ("", *left):
        (copy / f"journal{name}").write_bytes((folder / f"journal{name}").read_bytes())
    journal.file.close()
    log = copy / "journal-wal"
    lacking = f"what was said last is in {log}, which cannot be read here: copy both files to another folder"
    assert seen(copy / "journal") == ("20 []" if "-shm" in left else lacking)
