"""SQLite's errors as sentences for the operator."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from udpchat.adapters.journal.errors import Damaged, DiskFull, JournalError, Newer, Unreadable

_NO_SPACE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}  # the latter: no space for the shared memory file
_CANNOT_CREATE_FILES = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR}


@contextmanager
def journal_errors(path: Path) -> Iterator[None]:
    """Raise `JournalError` with a sentence that names the journal at `path` where SQLite raises an error."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as exc:
        code = _extended_code(exc)
        if code == sqlite3.SQLITE_IOERR_NOMEM:  # the module itself raises it for the other code, SQLITE_NOMEM
            raise MemoryError from exc
        if code in _NO_SPACE:
            raise DiskFull(f"cannot write the journal {path}: the disk is full, free some space") from exc
        match code & 0xFF:
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                raise damaged(path, str(exc)) from exc
            case sqlite3.SQLITE_READONLY:
                reason = f"cannot write the journal {path}: it is read-only"
            case sqlite3.SQLITE_BUSY:
                reason = f"the journal {path} is in use by another program: close that program"
            case _:
                reason = f"cannot use the journal {path}: {exc}"
        raise JournalError(reason) from exc


def damaged(path: Path, reason: str) -> Damaged:
    """Return the error that the journal at `path` is damaged, with what to do next."""
    return Damaged(
        f"the journal {path} is damaged ({reason}): copy it and the -wal file beside it, look at the copy with "
        "'udpchat journal check' and 'show', then move both files aside and start with a backup or a new journal"
    )


def unreadable(path: Path, exc: Unreadable) -> JournalError:
    """Return the error that something in the journal at `path` cannot be read."""
    return JournalError(f"the journal {path} {exc}") if isinstance(exc, Newer) else damaged(path, f"it {exc}")


def cannot_create_files(exc: sqlite3.Error) -> bool:
    """Return whether SQLite failed because it could not create a file beside the one that it reads."""
    return _extended_code(exc) & 0xFF in _CANNOT_CREATE_FILES


def _extended_code(exc: sqlite3.Error | UnicodeDecodeError) -> int:
    """Return the extended result code (sqlite.org/rescode.html). Text that is not UTF-8 counts as a damaged file."""
    if isinstance(exc, UnicodeDecodeError) or "Could not decode to UTF-8" in str(exc):
        return sqlite3.SQLITE_CORRUPT
    return getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
