"""Opening a journal file to write it: a file that cannot be used is refused with one clear sentence."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.adapters.sqlite.files import INPUTS, change, fill, opened
from udpchat.adapters.journal.codec import VERSION
from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.sqlite.maintenance import integrity_problems
from udpchat.adapters.sqlite.reading import open_read_only


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("PRAGMA user_version=2", "the journal {} has version 2, but this udpchat reads version 1: "),
        ("PRAGMA application_id=1", "{} is not a udpchat journal: "),
        ("UPDATE snapshots SET document = replace(document, '\"version\": 2', '\"version\": 9')",
         f"the journal {{}} has a snapshot of version 9, this udpchat reads version {VERSION}"),
        ("UPDATE snapshots SET document = '[]'", "the journal {} is damaged (it has a snapshot that cannot be read: "),
        ("UPDATE snapshots SET document = replace(document, 'history_keep', 'history_sheep')",
         "the journal {} is damaged (it has a snapshot that cannot be read: "),
        ("UPDATE inputs SET kind = 'sung' WHERE seq = 7",
         "the journal {} is damaged (it has an input that cannot be read: 'sung'"),
        ("DELETE FROM inputs WHERE seq = 7", "the journal {} is damaged (it has no input 7): copy it "),
    ],
)  # fmt: skip
def test_a_file_with_foreign_content_is_refused(path: Path, statement: str, sentence: str) -> None:
    """A newer version, a file of another program and invalid rows each have a sentence that names the file."""
    fill(path)
    change(path, statement)
    with pytest.raises(JournalError) as caught:
        opened(path)
    assert str(caught.value).startswith(sentence.format(path))


def test_an_input_without_a_batch_is_refused(path: Path) -> None:
    """SQLite does not check the types of the rows that it reads from a damaged page."""
    fill(path)
    change(path, "ALTER TABLE inputs RENAME COLUMN batch TO lost")
    change(path, "ALTER TABLE inputs ADD COLUMN batch INTEGER")
    with pytest.raises(JournalError, match=r"is damaged \(an input has no batch\): copy it"):
        opened(path)


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    """Its content does not change."""
    path.write_text("my diary, and no journal of any chat\n" * 100)
    with pytest.raises(JournalError, match="is damaged"):
        opened(path)
    assert path.read_text().startswith("my diary")


def test_a_corrupt_page_is_refused(path: Path) -> None:
    """Overwritten bytes are found when they are read, and by the integrity check."""
    fill(path)
    change(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(4096 * 6)
        file.write(b"\xff" * 4096 * 8)
    with pytest.raises(JournalError, match=r"is damaged .*: copy it .* then move both files aside"):
        opened(path)
    tables = open_read_only(path)
    assert integrity_problems(tables)
    tables.close()


def test_a_second_server_is_refused(path: Path) -> None:
    """Only one server at a time can open a journal; readers can read it."""
    first = opened(path)
    with pytest.raises(JournalError, match="in use by another server"):
        opened(path)
    first.append(INPUTS)
    tables = open_read_only(path)
    assert len(list(tables.inputs(0))) == len(INPUTS)
    tables.close()
    first.close()
    opened(path).close()


def test_a_file_that_another_program_has_locked_is_refused(path: Path) -> None:
    """A start does not wait for the other program without a word."""
    fill(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="in use by another program"):
            opened(path)


@pytest.mark.parametrize("name", ["", "no/such/folder/room.journal"])
def test_a_path_where_no_file_can_be_is_refused(tmp_path: Path, name: str) -> None:
    """The path may be a folder, or be in a folder that does not exist."""
    with pytest.raises(JournalError, match="cannot write the journal"):
        opened(tmp_path / name)


def test_a_read_only_file_is_refused(path: Path) -> None:
    """The test changes its user if that is root, because root may write every file."""
    fill(path)
    path.chmod(0o444)
    if os.geteuid() != 0:
        with pytest.raises(JournalError, match=r"cannot write the journal .*: Permission denied"):
            opened(path)
        return
    path.parent.chmod(0o755)
    script = (
        "import os, sys; from pathlib import Path\n"
        "from udpchat.adapters.sqlite.file import JournalFile\n"
        "os.setuid(65534)\n"
        "JournalFile.open(Path(sys.argv[1]))"
    )
    for folder in path.parents[:3]:  # pytest makes these for one user alone
        folder.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, timeout=60, check=False)
    assert f"JournalError: cannot write the journal {path}: Permission denied\n" in done.stderr


def test_the_file_is_for_its_owner(path: Path) -> None:
    """No other user of the machine can read what people said."""
    opened(path)
    assert path.stat().st_mode & 0o777 == 0o600
