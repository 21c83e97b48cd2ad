"""A journal in a file that something is wrong with: a clear sentence, and a room that goes on where it can."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.journals import CODEC
from udpchat.adapters.journal.codec import VERSION
from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.journal.retention import retained
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import RETRY_EVERY, SNAPSHOT_EVERY, SqliteJournal
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.rooms.inputs import Input

ADDRESS = MemoryAddress("127.0.0.1", 1)
SAID = [Input(float(number), number, ADDRESS, f"line {number} {'x' * 300}") for number in range(200)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a journal may be."""
    return tmp_path / "room.journal"


def opened(path: Path, keep: int = 10_000) -> SqliteJournal:
    """Return the journal at `path`, with its past read."""
    journal = SqliteJournal(JournalFile.open(path), CODEC, keep)
    list(journal.recover().inputs)
    return journal


def filled(path: Path) -> None:
    """Have a journal with inputs, as a crash leaves it."""
    journal = opened(path)
    journal.append(SAID)
    journal.file.close()


def change(path: Path, statement: str) -> None:
    """Change a file behind the journal's back."""
    with closing(sqlite3.connect(path)) as db:
        db.execute(statement)
        db.commit()


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("PRAGMA user_version=2", "the journal {} is of version 2, this udpchat reads version 1"),
        ("PRAGMA application_id=1", "{} is not a journal of udpchat"),
        ("UPDATE snapshots SET document = replace(document, '\"version\": 1', '\"version\": 2')",
         f"the journal {{}} has a snapshot of version 2, this udpchat reads version {VERSION}"),
        ("UPDATE snapshots SET document = '[]'", "the journal {} has a snapshot that cannot be read: "),
        ("UPDATE snapshots SET document = replace(document, 'history_keep', 'history_sheep')",
         "the journal {} has a snapshot that cannot be read: "),
        ("UPDATE inputs SET kind = 'sung' WHERE seq = 7", "the journal {} has an input that cannot be read: 'sung'"),
        ("DELETE FROM inputs WHERE seq = 7", "the journal {} has no input 7: it is damaged"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told(path: Path, statement: str, sentence: str) -> None:
    """A newer version, another program's file and what makes no sense each have a sentence that names the file."""
    filled(path)
    change(path, statement)
    with pytest.raises(JournalError) as caught:
        opened(path)
    assert str(caught.value).startswith(sentence.format(path))


def test_a_file_of_anything_else_is_told(path: Path) -> None:
    """What is not SQLite's is left as it is."""
    path.write_text("my diary, and no journal of any chat\n" * 100)
    with pytest.raises(JournalError, match="is damaged"):
        opened(path)
    assert path.read_text().startswith("my diary")


def test_a_corrupt_page_is_told(path: Path) -> None:
    """Bytes that are overwritten are found when they are read, and by the check."""
    filled(path)
    change(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(4096 * 6)
        file.write(b"\xff" * 4096 * 8)
    with pytest.raises(JournalError, match=r"is damaged .* see udpchat journal check"):
        opened(path)
    file_ = JournalFile.look_at(path)
    assert file_.problems()
    file_.close()


def test_a_second_server_is_told(path: Path) -> None:
    """One server at a time; who reads is not kept out."""
    first = opened(path)
    with pytest.raises(JournalError, match="in use by another server"):
        opened(path)
    first.append(SAID)
    file = JournalFile.look_at(path)
    assert len(list(file.inputs(0))) == len(SAID)
    file.close()
    first.close()
    opened(path).close()


def test_a_file_that_another_program_has_locked_is_told(path: Path) -> None:
    """So that nobody waits without knowing for what."""
    filled(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalError, match="in use by another program"):
            opened(path)


def test_a_room_does_not_wait_for_another_program(path: Path) -> None:
    """It goes on without its journal, as with a full disk, until the other has done."""
    now = [0.0]
    journal = SqliteJournal(JournalFile.open(path), CODEC, 10_000, lambda: now[0])
    journal.recover()
    with closing(sqlite3.connect(path, isolation_level=None)) as db, capture_logs() as logs:
        db.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        journal.append(SAID)
        assert list(journal.committed()) == SAID
        now[0] += RETRY_EVERY
        journal.save(Snapshot())
        assert time.monotonic() - began < 1.0  # SQLite waits five seconds by default, each time
        assert [each["event"].split(":")[0] for each in logs] == ["journal lost", "snapshot not saved"]
        assert "in use by another program" in logs[0]["reason"]
        db.execute("ROLLBACK")
        now[0] += RETRY_EVERY
        assert journal.due
        journal.save(Snapshot(said=1))
        assert logs[-1]["event"].startswith("journal resumed")
    journal.append(SAID[:1])
    journal.file.close()
    assert opened(path).file.last() == (len(SAID) + 1, len(SAID) + 1)


@pytest.mark.parametrize("name", ["", "no/such/folder/room.journal"])
def test_where_no_file_can_be(tmp_path: Path, name: str) -> None:
    """A folder, or a place in none."""
    with pytest.raises(JournalError, match="cannot write the journal"):
        opened(tmp_path / name)


def test_a_read_only_file_is_told(path: Path) -> None:
    """By a server that is not root, which may write everything."""
    filled(path)
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
    for folder in path.parents[:3]:  # which are for root alone
        folder.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, timeout=60, check=False)
    assert f"JournalError: cannot write the journal {path}: Permission denied\n" in done.stderr


def test_no_journal_to_look_at(path: Path) -> None:
    """To look does not make one."""
    with pytest.raises(JournalError, match="No such file"):
        JournalFile.look_at(path)
    assert not path.exists()


def test_a_full_disk_keeps_the_room_talking(path: Path) -> None:
    """What is said is committed without a journal, which is told once, and taken up again with a snapshot."""
    now = [0.0]
    journal = SqliteJournal(JournalFile.open(path), CODEC, 10_000, lambda: now[0])
    journal.recover()
    db = journal.file._db  # noqa: SLF001 - to fill the disk of one program alone
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count={pages}")
    with capture_logs() as logs:
        for _ in range(3):
            journal.append(SAID)
            assert list(journal.committed()) == SAID
        assert [each["log_level"] for each in logs] == ["error"]
        assert logs[0]["event"] == "journal lost: the room goes on without"
        assert logs[0]["reason"] == f"the disk is full, the journal {path} cannot be written"
        assert not journal.due
        now[0] = RETRY_EVERY
        assert journal.due
        big = Snapshot(absent=tuple((ADDRESS, number) for number in range(10_000)))
        journal.save(big)
        assert logs[-1]["event"] == "snapshot not saved"
        assert not journal.due
        db.execute("PRAGMA max_page_count=1000000")
        now[0] *= 2
        assert journal.due
        journal.save(big)
    assert logs[-1]["event"].startswith("journal resumed")
    assert not journal.due
    journal.append(SAID[:2])
    journal.file.close()
    recovered = SqliteJournal(JournalFile.open(path), CODEC, 10_000).recover()
    assert recovered.state == big
    assert list(recovered.inputs) == SAID[:2]


def test_a_disk_that_is_full_at_the_end(path: Path) -> None:
    """The server ends without a word to the file, and the next one takes the last lines for unsent."""
    journal = opened(path)
    journal.append(SAID[:1])
    journal.file._db.execute("PRAGMA query_only=1")  # noqa: SLF001 - as good as a disk that takes no more
    with capture_logs() as logs:
        journal.close()
    assert logs[-1]["event"] == "journal not closed"
    assert opened(path).due is False


def test_a_snapshot_is_due_after_so_many_inputs(path: Path) -> None:
    """So that a start has to read no more than those."""
    journal = opened(path)
    for _ in range(SNAPSHOT_EVERY // len(SAID)):
        assert not journal.due
        journal.append(SAID)
    assert journal.due
    journal.save(Snapshot())
    assert not journal.due


def test_what_nobody_needs_any_more_is_dropped(path: Path) -> None:
    """There are always enough inputs for a replay, from a snapshot on, and not many more."""
    journal = opened(path, keep=500)
    for number in range(20):
        journal.append(SAID)
        journal.save(Snapshot(said=number + 1))
        kept = journal.file.snapshots()
        inputs = list(journal.file.inputs(0))
        assert min(500, (number + 1) * 200) <= len(inputs) <= 500 + 2 * 200 + 200
        assert len(kept) <= 3
        assert inputs[0][0] == kept[0][0] + 1
        assert kept[-1][0] == (number + 1) * 200


def test_which_snapshots_are_kept() -> None:
    """The one to replay from, the one after it, and the newest."""
    assert retained([0], 100) == [0]
    assert retained([0, 50, 99], 100) == [0, 50, 99]
    assert retained([0, 50, 99, 149], 100) == [0, 50, 149]
    assert retained([0, 50, 150], 100) == [50, 150]
    assert retained([0, 50, 500], 100) == [50, 500]


def test_the_file_is_for_its_owner(path: Path) -> None:
    """What people said is nobody else's on the machine."""
    opened(path)
    assert path.stat().st_mode & 0o777 == 0o600
