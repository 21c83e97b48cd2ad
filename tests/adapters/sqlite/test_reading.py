"""A journal that is read by a user who can write nothing beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.sqlite.files import INPUTS, opened
from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.sqlite.reading import open_read_only

READ = """
import os, sys
from pathlib import Path
from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.sqlite.maintenance import integrity_problems
from udpchat.adapters.sqlite.reading import open_read_only
root = os.geteuid() == 0
if root:
    os.seteuid(65534)
try:
    tables = open_read_only(Path(sys.argv[1]))
    print(tables.last_batch()[0], integrity_problems(tables))
except JournalError as exc:
    print(exc)
if root:  # root again, because coverage writes its data at the end
    os.seteuid(0)
"""
ALL_READ = f"{len(INPUTS)} []"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder that every user can look into."""
    for each in (tmp_path, *tmp_path.parents):
        if each.name.startswith(("test_", "popen-", "pytest-")):  # pytest makes these for one user alone
            each.chmod(0o755)
    return tmp_path


def read(path: Path) -> str:
    """Return what the program `READ` prints for a user who can read every file and write none."""
    for each in path.parent.iterdir():
        each.chmod(0o444)
    path.parent.chmod(0o555)
    done = subprocess.run([sys.executable, "-c", READ, path], capture_output=True, text=True, check=False, timeout=60)
    path.parent.chmod(0o755)
    assert done.stderr == ""
    return done.stdout.removesuffix("\n")


def test_a_missing_file_is_not_created(path: Path) -> None:
    """To read a journal that does not exist is an error."""
    with pytest.raises(JournalError, match="No such file"):
        open_read_only(path)
    assert not path.exists()


def test_after_an_orderly_end(folder: Path) -> None:
    """The journal is one file, and has everything."""
    path = folder / "journal"
    journal = opened(path)
    journal.append(INPUTS)
    journal.close()
    assert [each.name for each in folder.iterdir()] == ["journal"]
    assert read(path) == ALL_READ
    assert [each.name for each in folder.iterdir()] == ["journal"]


@pytest.mark.parametrize("left", [("-wal", "-shm"), ("-wal",)], ids=" ".join)
def test_after_a_crash(folder: Path, left: tuple[str, ...]) -> None:
    """The newest lines are in a log beside the file: they are read, or an error says that they cannot be read."""
    path, copy = folder / "journal", folder / "copy"
    journal = opened(path)
    journal.append(INPUTS)
    copy.mkdir()
    for name in ("", *left):
        (copy / f"journal{name}").write_bytes((folder / f"journal{name}").read_bytes())
    journal.file.close()
    refused = (
        f"cannot read {copy / 'journal-wal'}, which has the newest lines of the journal: copy both files to a folder "
        "that you may write to"
    )
    assert read(copy / "journal") == (ALL_READ if "-shm" in left else refused)
