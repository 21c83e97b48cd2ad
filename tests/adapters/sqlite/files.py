"""Journals in files for these tests."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.journals import CODEC
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import SqliteJournal
from udpchat.adapters.sqlite.maintenance import integrity_problems
from udpchat.adapters.sqlite.reading import open_read_only
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.rooms.inputs import Input

ADDRESS = MemoryAddress("127.0.0.1", 1)
INPUTS = [Input(float(number), number, ADDRESS, f"line {number} {'x' * 300}") for number in range(200)]

STATE = Snapshot(said=7)  # that a server has in memory
RESUMED = "journal resumed"  # the event of the log when a lost journal is written again

Happening = Callable[[Path], object]
"""Something that another program does to the journal at a path."""


def opened(path: Path, keep: int = 10_000) -> SqliteJournal:
    """Return the journal at `path` after its recovery."""
    journal = SqliteJournal(JournalFile.open(path), CODEC, keep)
    list(journal.recover().inputs)
    return journal


def fill(path: Path) -> None:
    """Make a journal with `INPUTS`, as a crash leaves it."""
    journal = opened(path)
    journal.append(INPUTS)
    journal.file.close()


def change(path: Path, statement: str) -> None:
    """Change a file with an SQL statement."""
    with closing(sqlite3.connect(path)) as db:
        db.execute(statement)
        db.commit()


def moved(path: Path) -> None:
    """Move the journal, as somebody does who wants to begin a new one."""
    path.rename(f"{path}.old")


def removed_with_all(path: Path) -> None:
    """Remove all of its files."""
    for each in list(path.parent.glob(f"{path.name}*")):
        each.unlink()


def found_at(path: Path) -> tuple[Snapshot, int]:
    """Return the state that a server starts with, and how many inputs follow it. The journal must be intact."""
    tables = open_read_only(path)
    assert integrity_problems(tables) == []
    tables.close()
    journal = SqliteJournal(JournalFile.open(path), CODEC, 10_000)
    recovered = journal.recover()
    found = recovered.state, len(list(recovered.inputs))
    journal.file.close()
    return found


def happen(path: Path, what: Happening) -> None:
    """Let it happen, in a process of its own: if this one closed the file, that would drop the locks of SQLite."""
    child = os.fork()
    if not child:
        try:
            what(path)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
