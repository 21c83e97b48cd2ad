"""Opens a journal for the tools: read-only, also while a server writes it, and where no file can be created.

Limit: where no file can be created beside the journal, its write-ahead log (`-wal`) can only be read if the
shared-memory file (`-shm`) is there too (sqlite.org/wal.html, "Read-Only Databases").
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.sqlite import schema
from udpchat.adapters.sqlite.errors import cannot_create_files, journal_errors
from udpchat.adapters.sqlite.tables import Tables


def open_read_only(path: Path) -> Tables:
    """Open a journal to read it. A file without tables reads as a journal without rows. Raise `JournalError`."""
    try:
        os.close(os.open(path, os.O_RDONLY))  # SQLite does not say why it cannot open a file
    except OSError as exc:
        raise JournalError(f"cannot read the journal {path}: {exc.strerror}") from exc
    with journal_errors(path):
        db = _connect(path)
        if schema.is_empty(db):
            db.close()
            db = sqlite3.connect(":memory:", isolation_level=None)
            schema.create(db)
        schema.verify(db, path)
    return Tables(path, db)


def _connect(path: Path) -> sqlite3.Connection:
    try:
        return _read_only(path)
    except sqlite3.OperationalError as exc:
        if not cannot_create_files(exc):
            raise
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise JournalError(
            f"cannot read {log}, which has the newest lines of the journal: copy both files to a folder that you may "
            "write to"
        )
    return _read_only(path, "&immutable=1")  # nothing writes the file: while a server runs, there is a log


def _read_only(path: Path, options: str = "") -> sqlite3.Connection:
    """Return a connection that has read from the file, because only then does SQLite open the files beside it."""
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro{options}", uri=True, isolation_level=None)
    db.execute("PRAGMA schema_version").fetchone()
    return db
