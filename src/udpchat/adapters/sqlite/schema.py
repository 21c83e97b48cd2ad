"""The tables of a journal file, and the marks in its header that identify it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import cast

from udpchat.adapters.journal.errors import JournalError

APPLICATION_ID = 0x75647063  # "udpc", in the header of the file (sqlite.org/fileformat.html)
VERSION = 1  # of the tables

_TABLES = """
CREATE TABLE inputs (
    seq INTEGER PRIMARY KEY, batch INTEGER NOT NULL,
    at REAL NOT NULL, entropy INTEGER NOT NULL, sender TEXT NOT NULL, kind TEXT NOT NULL, line TEXT NOT NULL
) STRICT;
CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, document TEXT NOT NULL) STRICT;
CREATE TABLE facts (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
"""


def is_empty(db: sqlite3.Connection) -> bool:
    """Return whether the file has no tables yet: a server has only just created it, or was killed at that point."""
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return cast("int", tables) == 0


def create(db: sqlite3.Connection) -> None:
    """Create the tables in an empty file, in one transaction."""
    db.executescript(f"BEGIN; PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={VERSION}; {_TABLES} COMMIT;")


def verify(db: sqlite3.Connection, path: Path) -> None:
    """Raise `JournalError` unless the file is a journal of this version."""
    if db.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
        raise JournalError(f"{path} is not a udpchat journal: choose another file")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version != VERSION:
        raise JournalError(
            f"the journal {path} has version {version}, but this udpchat reads version {VERSION}: "
            "use the udpchat that wrote it"
        )
