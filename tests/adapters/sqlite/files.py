"""Journals in files for these tests."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.journals import CODEC
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.adapters.sqlite.journal import SqliteJournal
from udpchat.domain.rooms.inputs import Input

ADDRESS = MemoryAddress("127.0.0.1", 1)
INPUTS = [Input(float(number), number, ADDRESS, f"line {number} {'x' * 300}") for number in range(200)]


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
