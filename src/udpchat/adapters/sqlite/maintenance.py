"""Checks and copies a whole journal file."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.sqlite.errors import journal_errors
from udpchat.adapters.sqlite.tables import Tables


def integrity_problems(tables: Tables) -> list[str]:
    """Return the problems that SQLite finds in the file (`PRAGMA integrity_check`)."""
    try:
        found = [problem for (problem,) in tables.db.execute("PRAGMA integrity_check")]
    except (sqlite3.Error, UnicodeDecodeError) as exc:
        found = [str(exc)]
    return [] if found == ["ok"] else found


def copy(tables: Tables, to: Path) -> None:
    """Copy everything that is committed into one new file at `to`; raise `JournalError`.

    The copy is consistent while a server writes the journal (sqlite.org/backup.html). A failed copy is deleted.
    """
    try:
        os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except OSError as exc:
        raise JournalError(f"cannot write a copy to {to}: {exc.strerror}") from exc
    try:
        with journal_errors(to), closing(sqlite3.connect(to)) as copied:
            tables.db.backup(copied)
    except BaseException:
        to.unlink()
        raise
