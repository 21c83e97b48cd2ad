"""A process that ends while SQLite writes: the next open finds the state before the write, or the state after it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journals import CODEC
from udpchat.adapters.journal.codec import Row
from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.maintenance import integrity_problems
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.rooms.inputs import Input

KEEP = 2  # inputs, so that a save has something to delete
STEPS = 4  # of SQLite's machine from one moment to the next, within each statement
CHECKPOINT = 4  # pages after which SQLite moves the log into the file: a few writes

Kept = tuple[list[tuple[int, str]], list[tuple[int, Row]]]
"""What a journal has: snapshots and inputs."""
Files = tuple[bytes, bytes]
"""A file, and the log beside it."""

operations = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, 5), st.sampled_from([10, 3000])),
        st.tuples(st.just("save"), st.just(1), st.just(0)),
    ),
    min_size=3,
    max_size=9,
)
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)


def begun(path: Path) -> JournalFile:
    """Return a new journal; SQLite moves its log into the file after every few writes."""
    file = JournalFile.open(path)
    file.tables.save(0, CODEC.document(Snapshot()), KEEP)
    file.tables.db.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT}")  # the default is 1,000
    return file


def operation(file: JournalFile, kind: str, number: int, size: int) -> Callable[[], None]:
    """Return a function that writes that many inputs, or saves a snapshot."""
    tables = file.tables
    last = max(tables.last_batch()[0], tables.snapshots()[-1][0])
    if kind == "save":
        before = CODEC.state(tables.snapshots()[-1][1])
        return partial(tables.save, last, CODEC.document(Snapshot(said=before.said + number)), KEEP)
    address = MemoryAddress("127.0.0.1", 1)
    rows = [CODEC.row(Input(float(each), each, address, "x" * size)) for each in range(number)]
    return partial(tables.write, last + 1, rows)


def kept(file: JournalFile) -> Kept:
    """Return what a journal has."""
    return file.tables.snapshots(), list(file.tables.inputs(0))


def files(path: Path) -> Files:
    """Return the bytes in the files now."""
    log = path.with_name(f"{path.name}-wal")
    return path.read_bytes(), log.read_bytes() if log.exists() else b""


def reopened(folder: Path, content: Files) -> Kept:
    """Return what a server finds that starts with these files; check that it can write to them."""
    path = folder / "journal"
    path.write_bytes(content[0])
    path.with_name("journal-wal").write_bytes(content[1])
    file = JournalFile.open(path)
    found = kept(file)
    operation(file, "write", 1, 1)()
    assert len(list(file.tables.inputs(0))) == len(found[1]) + 1
    assert integrity_problems(file.tables) == []
    file.close()
    return found


@shared
@given(operations=operations, cuts=st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_an_end_at_any_moment(
    folders: Callable[[], Path], *, operations: list[tuple[str, int, int]], cuts: list[float]
) -> None:
    """It may be between two statements or two steps of SQLite, or in the middle of a write to the log or the file."""
    path = folders() / "journal"
    file = begun(path)
    for each in operations:
        do, before, moments = operation(file, *each), kept(file), [files(path)]
        db = file.tables.db
        db.set_trace_callback(lambda _: moments.append(files(path)))  # noqa: B023 - called in this round
        db.set_progress_handler(lambda: moments.append(files(path)), STEPS)  # noqa: B023
        do()
        db.set_progress_handler(None, 0)
        db.set_trace_callback(None)
        after, (old, old_log), (new, new_log) = kept(file), moments[0], files(path)
        for cut in cuts:
            moments.append((old, part(new_log, old_log, cut)))  # the log is written first
            moments.append((part(new, old, cut), new_log))
        for moment in {*moments}:
            assert reopened(folders(), moment) in (before, after)
        assert reopened(folders(), (new, new_log)) == after
    file.close()


def part(new: bytes, old: bytes, cut: float) -> bytes:
    """Return the bytes after a part of the new ones was written over the old ones."""
    place = int(len(new) * cut)
    return new[:place] + old[place:]


@shared
@given(operations=operations, step=st.integers(0, 200))
def test_a_failure_at_any_step(
    folders: Callable[[], Path], *, operations: list[tuple[str, int, int]], step: int
) -> None:
    """A write that fails changes nothing, one that succeeds is there; the journal can be written afterwards."""
    file = begun(folders() / "journal")
    for each in operations:
        do, before, failed, steps = operation(file, *each), kept(file), True, count()
        file.tables.db.set_progress_handler(lambda: next(steps) == step, STEPS)  # noqa: B023 - called in this round
        with suppress(JournalError):
            do()
            failed = False
        file.tables.db.set_progress_handler(None, 0)
        assert (kept(file) == before) is failed
        assert integrity_problems(file.tables) == []
    operation(file, "write", 1, 1)()
    file.close()
