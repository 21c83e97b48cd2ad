"""`udpchat journal check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.sqlite.files import change
from tests.app.cli.journal.recorded import invoke, opened, run
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.domain.machine.snapshot import Snapshot


def test_an_intact_journal(path: Path) -> None:
    """The check says so, and what the journal has."""
    done = invoke("check", path)
    assert done.exit_code == 0
    assert done.output == (
        f"{path} is intact: 11 inputs after a snapshot of 0 members, the last at 1970-01-01 00:01:09\n"
    )


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM inputs WHERE seq = 3", "there is no input 3"),
        ("UPDATE inputs SET line = '/nick eve' WHERE seq = 4", "the snapshot after input 5 differs from the state"),
        ("UPDATE inputs SET line = 'x' WHERE seq = 10", "the snapshot after input 11 differs from the state"),
        ("DELETE FROM snapshots", "there is no snapshot to begin with"),
    ],
)
def test_check_finds(path: Path, statement: str, problem: str) -> None:
    """A changed or deleted row is found, and the exit code is 1."""
    change(path, statement)
    done = invoke("check", path)
    assert done.exit_code == 1
    assert problem in done.output


def test_a_gap_that_a_snapshot_covers(path: Path) -> None:
    """Inputs that could not be written because the disk was full are no damage."""
    change(path, "DELETE FROM inputs WHERE seq IN (3, 4, 5)")
    assert invoke("check", path).exit_code == 0


def test_a_row_that_cannot_be_read(path: Path) -> None:
    """All tools print the same sentence, without a traceback."""
    change(path, "UPDATE inputs SET kind = 'sung' WHERE seq = 3")
    for tool in ("check", "show", "replay"):
        done = run(tool, str(path))
        assert done.returncode == 1
        assert (
            done.stderr
            == f"udpchat: the journal {path} is damaged (it has an input that cannot be read: 'sung' is no kind of "
            "input): copy it and the -wal file beside it, look at the copy with 'udpchat journal check' and 'show', "
            "then move both files aside and start with a backup or a new journal\n"
        )


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("show", "/no/file"), 1, "udpchat: cannot read the journal /no/file: No such file or directory\n"),
        (("show",), 2, "udpchat: Missing argument 'FILE'. Try: udpchat journal show --help\n"),
        (("sing",), 2, "udpchat: No such command 'sing'. Try: udpchat journal --help\n"),
        ((), 2, "udpchat: Missing command. Try: udpchat journal --help\n"),
    ],
)
def test_wrong_arguments(arguments: tuple[str, ...], code: int, sentence: str) -> None:
    """Each mistake has its sentence and exit code."""
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (code, sentence)


def test_a_new_journal_is_intact(tmp_path: Path) -> None:
    """Nothing was written to it yet but the first snapshot."""
    path = tmp_path / "new.journal"
    journal = opened(path)
    assert [document for _, document in journal.file.tables.snapshots()] == [journal.codec.document(Snapshot())]
    journal.close()
    assert invoke("check", path).output == f"{path} is intact: 0 inputs after a snapshot of 0 members\n"
    assert invoke("replay", path).output == ""


@pytest.mark.parametrize("begun", ["file", "mode", "tables"])
def test_a_half_created_journal_is_intact(tmp_path: Path, begun: str) -> None:
    """A server was killed after it created the file, the SQLite database, or the tables."""
    path = tmp_path / "new.journal"
    path.touch()
    if begun == "mode":
        change(path, "PRAGMA journal_mode=WAL")
    if begun == "tables":
        JournalFile.open(path).close()
    assert invoke("check", path).output == f"{path} is intact: 0 inputs after a snapshot of 0 members\n"
    for tool in ("show", "replay"):
        done = invoke(tool, path)
        assert (done.exit_code, done.output) == (0, "")
