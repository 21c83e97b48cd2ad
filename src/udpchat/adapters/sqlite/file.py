"""A journal file that one server writes: the lock that keeps other servers out, and the start on a full disk.

Limit: after a power failure the newest batches may be missing. What was committed survives the end of the process,
however it ends, and the file is never damaged (write-ahead log with `synchronous=NORMAL`, sqlite.org/wal.html).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path

import attrs

from udpchat.adapters.journal.errors import DiskFull, JournalError
from udpchat.adapters.sqlite import schema
from udpchat.adapters.sqlite.errors import journal_errors
from udpchat.adapters.sqlite.tables import Tables

BUSY_TIMEOUT = 10  # ms that a write waits for another program: a reader holds the lock for an instant, a writer longer


@attrs.define(eq=False)
class JournalFile:
    """A journal that this process has locked, and may write.

    `disk_full` is set if the disk was full when the file was opened. Then its rows can be read, and a later write may
    succeed.
    """

    tables: Tables
    _lock: int  # file descriptor
    disk_full: DiskFull | None = attrs.field(default=None, init=False)
    _exclusive: bool = attrs.field(default=False, init=False)

    @classmethod
    def open(cls, path: Path) -> JournalFile:
        """Open a journal, or create it. Raise `JournalError`; that is `DiskFull` where a full disk has no journal."""
        lock = _lock(path)
        try:
            with journal_errors(path):
                tables = Tables(path, sqlite3.connect(path, isolation_level=None))
        except JournalError:
            os.close(lock)
            raise
        file = cls(tables, lock)
        try:
            file._prepare()
        except JournalError:
            file.close()
            raise
        return file

    def _prepare(self) -> None:
        try:
            self._prepare_to_write()
        except DiskFull as exc:
            self.disk_full = exc
            self._prepare_to_read(exc)
        # Before this line SQLite's default holds: a start may wait for seconds.
        self.tables.db.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")

    def _prepare_to_write(self) -> None:
        db = self.tables.db
        with journal_errors(self.tables.path):
            if schema.is_empty(db):
                db.execute("PRAGMA journal_mode=WAL")
                schema.create(db)
            schema.verify(db, self.tables.path)
            db.execute("PRAGMA synchronous=NORMAL")
        with self.tables.transaction():
            db.execute("INSERT OR REPLACE INTO facts VALUES ('opened', 1)")  # fails now if the file cannot be written

    def _prepare_to_read(self, disk_full: DiskFull) -> None:
        """Open the file on a full disk. Raise `disk_full` if it has no rows to read."""
        path = self.tables.path
        try:
            with journal_errors(path):
                empty = schema.is_empty(self.tables.db)
        except DiskFull:
            # There is no space for the memory that SQLite shares with other processes. Exclusive access needs none.
            with journal_errors(path):
                self._reconnect()
                self.tables.db.execute("PRAGMA locking_mode=EXCLUSIVE")
                empty = schema.is_empty(self.tables.db)
            self._exclusive = True
        if empty:
            raise disk_full
        with journal_errors(path):
            schema.verify(self.tables.db, path)

    def leave_exclusive_mode(self) -> None:
        """Let other processes read the file again, if a full disk prevented that; raise `DiskFull` if it still does."""
        if self._exclusive:
            with journal_errors(self.tables.path):
                self._reconnect()
            self._prepare_to_write()
            self._exclusive = False

    def _reconnect(self) -> None:
        path = self.tables.path
        self.tables.close()
        self.tables = Tables(path, sqlite3.connect(path, BUSY_TIMEOUT / 1000, isolation_level=None))

    def close(self) -> None:
        """Close the file, and unlock it."""
        self.tables.close()
        os.close(self._lock)  # last, because closing any descriptor of a file drops SQLite's locks on it (fcntl(2))


def _lock(path: Path) -> int:
    """Open the file, create it if it is missing, and lock it; return the descriptor that holds the lock."""
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)  # private: it has everything people said
    except OSError as exc:
        raise JournalError(f"cannot write the journal {path}: {exc.strerror}") from exc
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        os.close(lock)
        raise JournalError(
            f"the journal {path} is in use by another server: stop that server, or choose another file"
        ) from exc
    return lock
