"""A connection that may write a journal, also where it is begun on a full disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import attrs

from udpchat.adapters.journal.errors import DiskFull, JournalError
from udpchat.adapters.sqlite import schema
from udpchat.adapters.sqlite.errors import journal_errors
from udpchat.adapters.sqlite.tables import Tables

START_TIMEOUT = 5000  # ms: a start may wait for another program
NO_SECRETS = "no secrets"  # the fact that no input has a code: earlier versions wrote those
BUSY_TIMEOUT = 10  # ms that a write waits for another program: a reader holds the lock for an instant, a writer longer


@attrs.define(eq=False)
class Connection:
    """A connection to a journal that this process has locked.

    `disk_full` is set if the disk was full at the beginning. Then rows can be read, and a later write may succeed.
    """

    tables: Tables
    disk_full: DiskFull | None = attrs.field(default=None, init=False)
    _exclusive: bool = attrs.field(default=False, init=False)

    @classmethod
    def open(cls, path: Path, timeout: int, facts: Mapping[str, bytes | int]) -> Connection:
        """Connect to a journal, and set these facts. An empty file becomes a journal. Raise `JournalError`.

        `timeout` is how many ms this may wait for another program.
        """
        opened = cls(_connected(path, timeout))
        try:
            opened._prepare(facts)
        except JournalError:
            opened.tables.close()
            raise
        return opened

    def _prepare(self, facts: Mapping[str, bytes | int]) -> None:
        try:
            self._prepare_to_write(facts)
        except DiskFull as exc:
            self.disk_full = exc
            self._prepare_to_read(exc)
        self._settle()

    def _prepare_to_write(self, facts: Mapping[str, bytes | int]) -> None:
        db = self.tables.db
        with journal_errors(self.tables.path):
            if schema.is_empty(db):
                db.execute("PRAGMA journal_mode=WAL")
                schema.create(db)
                facts = {**facts, NO_SECRETS: 1}
            schema.verify(db, self.tables.path)
            db.execute("PRAGMA synchronous=NORMAL")
        self.tables.set_facts({**facts, "opened": 1})  # fails now if the file cannot be written

    def _prepare_to_read(self, disk_full: DiskFull) -> None:
        """Open the file on a full disk. Raise `disk_full` if it has no rows to read."""
        path = self.tables.path
        try:
            with journal_errors(path):
                empty = schema.is_empty(self.tables.db)
        except DiskFull:
            # There is no space for the memory that SQLite shares with other processes. Exclusive access needs none.
            self._reconnect()
            with journal_errors(path):
                self.tables.db.execute("PRAGMA locking_mode=EXCLUSIVE")
                empty = schema.is_empty(self.tables.db)
            self._exclusive = True
        if empty:
            raise disk_full
        with journal_errors(path):
            schema.verify(self.tables.db, path)

    def _settle(self) -> None:
        db = self.tables.db
        db.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")
        db.execute("PRAGMA wal_autocheckpoint=0")  # `JournalFile.look` does it, so it knows who changed the file
        db.execute("PRAGMA journal_size_limit=0")  # a log that is begun again is cut, so its size says how long it is

    def leave_exclusive_mode(self, facts: Mapping[str, bytes | int]) -> bool:
        """Let other processes read the file again, if a full disk prevented that, and return whether it did.

        Raise `DiskFull` if it still does.
        """
        if not self._exclusive:
            return False
        self._reconnect()
        self._prepare_to_write(facts)
        self._settle()
        self._exclusive = False
        return True

    def _reconnect(self) -> None:
        self.tables.close()
        self.tables = _connected(self.tables.path, BUSY_TIMEOUT)


def _connected(path: Path, timeout: int) -> Tables:
    with journal_errors(path):
        return Tables(path, sqlite3.connect(path, timeout / 1000, isolation_level=None))
