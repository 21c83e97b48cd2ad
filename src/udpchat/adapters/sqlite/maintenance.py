"""Checks, copies and renames a whole journal file."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.sqlite import schema
from udpchat.adapters.sqlite.errors import journal_errors
from udpchat.adapters.sqlite.lock import beside
from udpchat.adapters.sqlite.tables import Tables
from udpchat.adapters.sqlite.watch import PARTS


def integrity_problems(tables: Tables) -> list[str]:
    """Return the problems that SQLite finds in the file (`PRAGMA integrity_check`)."""
    try:
        found = [problem for (problem,) in tables.db.execute("PRAGMA integrity_check")]
    except (sqlite3.Error, UnicodeDecodeError) as exc:
        found = [str(exc)]
    return [] if found == ["ok"] else found


def is_sound(tables: Tables) -> bool:
    """Return whether the file is intact, and whether a reader finds in it what this connection finds."""
    path = tables.path
    try:
        with journal_errors(path), closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            found = Tables(path, db)
            schema.verify(db, path)
            if integrity_problems(found) or found.last_batch() != tables.last_batch():
                return False
            return found.snapshots() == tables.snapshots()
    except JournalError:
        return False


def move_aside(path: Path) -> Path | None:
    """Rename what is at `path` and the files beside it; return its new path, if there was anything. Raise `OSError`.

    No file is overwritten.
    """
    real = beside(path, "")
    if not os.path.lexists(real):
        return None
    name = f"{real}.{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
    names = (f"{name}.{number}" if number else name for number in count())
    aside = next(each for each in names if not os.path.lexists(each))
    for suffix in ("", *PARTS):
        with suppress(FileNotFoundError):
            beside(path, suffix).rename(f"{aside}{suffix}")
    return Path(aside)


def remove(path: Path) -> None:
    """Remove the file at `path` and those beside it."""
    for suffix in ("", *PARTS):
        with suppress(OSError):
            beside(path, suffix).unlink()


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
