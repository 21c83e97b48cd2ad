"""The tools for a journal, as an operator uses them."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.room import NAMES
from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import SqliteJournal
from udpchat.adapters.udp.address import address_of
from udpchat.adapters.udp.address_codec import OfflineAddressCodec
from udpchat.app.cli.journal_tools import journal as command
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import Snapshot, snapshot
from udpchat.domain.rooms.inputs import Idle, Input, Rules, Started, Unreachable
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.line import LineTooLong

SERVER = address_of(("127.0.0.1", 12000), 0)
ONE, TWO = (address_of(("127.0.0.1", port), 0) for port in (5001, 5002))
INPUTS = [
    Input(0.0, 0, SERVER, Started(Rules(), 3)),
    Input(60.0, 1, ONE, "hello"),
    Input(61.0, 2, TWO, ""),
    Input(62.0, 3, TWO, "/nick bob"),
    Input(63.0, 4, TWO, "/enter secret"),
    Input(64.0, 5, TWO, "/mgs secret"),
    Input(65.0, 6, TWO, "/list"),
    Input(66.0, 7, ONE, LineTooLong(9000, 8000)),
    Input(67.0, 8, ONE, Idle()),
    Input(68.0, 9, TWO, "//bye"),
    Input(69.0, 10, TWO, Unreachable(1)),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a journal with a snapshot after half of the inputs, and one at the end."""
    path = tmp_path / "room.journal"
    journal, chat = SqliteJournal(JournalFile.open(path), Codec(OfflineAddressCodec()), 100), Chat(ChatState(NAMES))
    journal.recover()
    for part in (INPUTS[:5], INPUTS[5:]):
        journal.append(part)
        for each in journal.committed():
            chat.handle(each)
        journal.save(snapshot(chat.state))
    journal.close()
    return path


def told(*arguments: object) -> Result:
    """Return what a tool says."""
    return CliRunner().invoke(command, [str(each) for each in arguments], prog_name="udpchat journal")


def change(path: Path, statement: str) -> None:
    """Change a file behind the journal's back."""
    with closing(sqlite3.connect(path)) as db:
        db.execute(statement)
        db.commit()


def test_show(path: Path) -> None:
    """Each input is a line; what only its sender saw is told by its command alone."""
    assert told("show", path).output.splitlines() == [
        "1 1970-01-01 00:00:00 127.0.0.1:12000 (server started, 3 lines may be unsent)",
        "2 1970-01-01 00:01:00 127.0.0.1:5001 hello",
        "3 1970-01-01 00:01:01 127.0.0.1:5002 ",
        "4 1970-01-01 00:01:02 127.0.0.1:5002 /nick ...",
        "5 1970-01-01 00:01:03 127.0.0.1:5002 /enter ...",
        "6 1970-01-01 00:01:04 127.0.0.1:5002 / ...",
        "7 1970-01-01 00:01:05 127.0.0.1:5002 /list",
        "8 1970-01-01 00:01:06 127.0.0.1:5001 (a line of 9000 bytes, which is too long)",
        "9 1970-01-01 00:01:07 127.0.0.1:5001 (idle)",
        "10 1970-01-01 00:01:08 127.0.0.1:5002 //bye",
        "11 1970-01-01 00:01:09 127.0.0.1:5002 (gone)",
    ]


def test_show_private(path: Path) -> None:
    """With a flag that says so, everything is shown."""
    shown = told("show", "--private", path).output
    assert "/enter secret" in shown
    assert "/mgs secret" in shown


def test_replay(path: Path) -> None:
    """What was sent is printed again, in order, with who heard it; what one was told only with the flag."""
    public = told("replay", path).output.splitlines()
    private = told("replay", "--private", path).output.splitlines()
    assert [line if "(private)" not in line else "" for line in public] == [
        line if not line.startswith("only") else "" for line in private
    ]
    (hello,) = [line for line in private if line.endswith("hello")]
    name = hello.removeprefix("everyone: ").removesuffix(": hello")
    assert "only 127.0.0.1:5002: error - unknown command /mgs, try /help" in private
    assert f"only 127.0.0.1:5002: showing connected clients: 127.0.0.1:5001:{name}, 127.0.0.1:5002:bob" in private
    assert private[-2:] == [f"everyone: {name} has disconnected.", "everyone: bob: /bye"]


def test_check(path: Path) -> None:
    """A whole journal is told to be, with what it has."""
    done = told("check", path)
    assert done.exit_code == 0
    assert done.output == (
        f"{path} is whole: 11 inputs after a snapshot of 0 members, the last at 1970-01-01 00:01:09\n"
    )


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM inputs WHERE seq = 3", "there is no input 3"),
        ("UPDATE inputs SET line = '/nick eve' WHERE seq = 4", "the snapshot after input 5 is not what the inputs"),
        ("UPDATE inputs SET line = 'x' WHERE seq = 10", "the snapshot after input 11 is not what the inputs"),
        ("DELETE FROM snapshots", "there is no snapshot to begin with"),
    ],
)
def test_check_finds(path: Path, statement: str, problem: str) -> None:
    """What was changed or taken away is found, told, and makes a failure."""
    change(path, statement)
    done = told("check", path)
    assert done.exit_code == 1
    assert problem in done.output


def test_a_gap_that_a_snapshot_covers(path: Path) -> None:
    """What could not be written, as the disk was full, is no damage; a replay tells how much it was."""
    change(path, "DELETE FROM inputs WHERE seq IN (3, 4, 5)")
    assert told("check", path).exit_code == 0
    assert "(3 inputs could not be written)" in told("replay", path).output


def test_a_damaged_file_is_told_in_a_sentence(path: Path) -> None:
    """By all tools alike, as the command line does, without a traceback."""
    change(path, "UPDATE inputs SET kind = 'sung' WHERE seq = 3")
    for tool in ("check", "show", "replay"):
        done = run(tool, str(path))
        assert done.returncode == 1
        assert done.stderr == f"udpchat: the journal {path} has an input that cannot be read: 'sung'\n"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `udpchat journal`."""
    command = [sys.executable, "-m", "udpchat.app", "journal", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


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
    """Each has its sentence and exit code."""
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (code, sentence)


def test_who_reads_may_stop(path: Path) -> None:
    """A pipe that is closed early ends a tool without a traceback."""
    program = f"{sys.executable} -m udpchat.app journal show {path} | true"
    done = subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in done.stderr


def test_a_state_of_nobody_is_a_beginning(tmp_path: Path) -> None:
    """A journal that nothing was written to yet is whole."""
    path = tmp_path / "new.journal"
    journal = SqliteJournal(JournalFile.open(path), Codec(OfflineAddressCodec()), 100)
    assert journal.recover().state == Snapshot()
    journal.close()
    assert told("check", path).output == f"{path} is whole: 0 inputs after a snapshot of 0 members\n"
    assert told("replay", path).output == ""


def test_a_copy_is_one_file_with_all_of_it(tmp_path: Path) -> None:
    """Of a journal as a crash leaves it, or as a server writes it: nearly all of that is beside the file."""
    path, copies = tmp_path / "room.journal", tmp_path / "copies"
    copies.mkdir()
    journal = SqliteJournal(JournalFile.open(path), Codec(OfflineAddressCodec()), 100)
    journal.recover()
    journal.append(INPUTS)
    done = told("copy", path, copies / "running")
    assert (done.exit_code, done.output) == (0, "")
    journal.append(INPUTS)
    assert [each.name for each in copies.iterdir()] == ["running"]
    assert (copies / "running").stat().st_mode & 0o777 == 0o600
    journal.file.close()
    told("copy", path, copies / "ended")
    assert "11 inputs" in told("check", copies / "running").output
    assert "22 inputs" in told("check", copies / "ended").output


def test_where_no_copy_can_be(path: Path) -> None:
    """What is there is left as it is, and what is begun in vain is taken away."""
    there = path.with_name("there")
    there.write_text("something else")
    for to, reason in ((there, "File exists"), (path, "File exists"), (path / "x", "Not a directory")):
        done = run("copy", str(path), str(to))
        assert (done.returncode, done.stderr) == (1, f"udpchat: cannot write a copy to {to}: {reason}\n")
    assert there.read_text() == "something else"
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, usual[1]))  # bytes: as good as a disk that takes no more
    try:
        failed = told("copy", path, path.with_name("copy"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert isinstance(failed.exception, JournalError)
    assert not path.with_name("copy").exists()


@pytest.mark.parametrize("begun", ["file", "mode", "tables"])
def test_a_file_that_was_only_just_begun_is_whole(tmp_path: Path, begun: str) -> None:
    """Wherever a server ended in its beginning: with a file, one that is SQLite's, or tables and no state."""
    path = tmp_path / "new.journal"
    path.touch()
    if begun == "mode":
        change(path, "PRAGMA journal_mode=WAL")
    if begun == "tables":
        JournalFile.open(path).close()
    assert told("check", path).output == f"{path} is whole: 0 inputs after a snapshot of 0 members\n"
    for tool in ("show", "replay"):
        done = told(tool, path)
        assert (done.exit_code, done.output) == (0, "")
