"""A journal file that one server writes: its locks, and a new file where it is lost.

Limit: after a power failure the newest batches may be missing. What was committed survives the end of the process,
however it ends, and the file is never damaged (write-ahead log with `synchronous=NORMAL`, sqlite.org/wal.html).
"""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from pathlib import Path

import attrs

from udpchat.adapters.journal.errors import Damaged, DiskFull, JournalError
from udpchat.adapters.sqlite import maintenance
from udpchat.adapters.sqlite.connection import BUSY_TIMEOUT, NO_SECRETS, START_TIMEOUT, Connection
from udpchat.adapters.sqlite.lock import PathLock, cannot_write, check_unlocked, is_at, open_locked
from udpchat.adapters.sqlite.tables import Tables
from udpchat.adapters.sqlite.watch import Watch

LOG_BYTES = 1 << 22  # of the write-ahead log until it is moved into the file: as much as by SQLite's default


@attrs.define(eq=False)
class JournalFile:
    """A journal that this process has locked, and may write.

    `lost` is why the file is not any longer what or where it should be. Then `mend` begins a new one. `has_secrets` is
    whether it has inputs that must be deleted: with codes, which an earlier version wrote, or with lines that an
    operator took back. Then `forget_secrets` deletes them.
    """

    path: Path
    _connection: Connection
    _path_lock: PathLock
    _lock: int  # file descriptor
    _watch: Watch
    _facts: dict[str, bytes | int]  # a new file gets them too
    lost: JournalError | None = attrs.field(default=None, init=False)
    has_secrets: bool = attrs.field(init=False)

    @has_secrets.default
    def _(self) -> bool:
        return self._facts.get(NO_SECRETS) != 1

    @classmethod
    def open(cls, path: Path) -> JournalFile:
        """Open a journal, or create it. Raise `JournalError`; that is `DiskFull` where a full disk has no journal."""
        path_lock = PathLock(path)
        with ExitStack() as undo:
            undo.callback(path_lock.release)
            path_lock.take()
            lock = open_locked(path, path)
            undo.callback(os.close, lock)
            connection = Connection.open(path, START_TIMEOUT, {})
            undo.callback(connection.tables.close)
            facts = connection.tables.facts()
            undo.pop_all()
        return cls(path, connection, path_lock, lock, Watch(path, lock), facts)

    @property
    def tables(self) -> Tables:
        """The tables of the file."""
        return self._connection.tables

    @property
    def disk_full(self) -> DiskFull | None:
        """That the disk was full when the file was opened, so that only its rows could be read."""
        return self._connection.disk_full

    @property
    def size(self) -> int:
        """The bytes of the file and its log, as of the last `look`."""
        return self._watch.size

    def set_fact(self, name: str, value: bytes | int) -> None:
        """Set the value of a fact, in this file and in each that replaces it; raise `JournalError`."""
        self._facts[name] = value
        self.tables.set_facts({name: value})

    def look(self) -> None:
        """Raise `JournalError` if the file is lost, or if its disk is read-only; to be called every second or two.

        A long log is moved into the file.
        """
        with suppress(JournalError):
            self._path_lock.take()  # if it has another owner, that one has another file at the path
        try:
            if self.lost is None:
                self._watch.check_place()
                if self._watch.is_changed() and not maintenance.is_sound(self.tables):
                    raise Damaged(f"another program has changed the journal {self.path}, and damaged it")
        except JournalError as exc:
            self.lost = exc
        if self.lost:
            raise self.lost
        self._watch.check_disk()
        if self._watch.log_size >= LOG_BYTES:
            with suppress(JournalError):  # the log grows on; if there is no space for that, a write fails
                self._watch.accept(moved=self.tables.checkpoint("PASSIVE"))

    def mend(self) -> Path | None:
        """Begin a new file if this one is lost, and return where what was at its path is now, if there was anything.

        Raise `JournalError` if that fails, or if the disk is read-only.
        """
        try:
            self.look()
        except JournalError:
            if self.lost is None:
                raise
            aside = self._move_aside()
            self._begin()
            return aside
        if self._connection.leave_exclusive_mode(self._facts):
            self._watch = Watch(self.path, self._lock)
        return None

    def _move_aside(self) -> Path | None:
        """Close the file, and make place for a new one; return where what was at the path is now.

        A journal that was only moved is completed first. A file that another server has locked stays at the path: raise
        `JournalError`.
        """
        self._path_lock.take()
        if not isinstance(self.lost, Damaged):
            with suppress(JournalError):
                self.tables.checkpoint("TRUNCATE")
        with cannot_write(self.path):
            if is_at(self._lock, self.path):
                aside = maintenance.move_aside(self.path)  # before SQLite writes to it once more, when it is closed
                self.tables.close()
                return aside
            check_unlocked(self.path, self.path)
            self.tables.close()
            self._watch.remove_parts()
            return maintenance.move_aside(self.path)

    def _begin(self) -> None:
        """Begin a new file, with the facts of the lost one."""
        lock = open_locked(self.path, self.path)
        if os.fstat(lock).st_size:
            os.close(lock)
            raise JournalError(f"the journal {self.path} was replaced by another file")
        try:
            connection = Connection.open(self.path, BUSY_TIMEOUT, self._facts)
        except JournalError:
            maintenance.remove(self.path)
            os.close(lock)
            raise
        os.close(self._lock)
        self._connection, self._lock, self._watch, self.lost = connection, lock, Watch(self.path, lock), None
        self._facts[NO_SECRETS], self.has_secrets = 1, False

    def note_secrets(self) -> None:
        """Note that inputs before the next snapshot must be deleted; raise `JournalError`."""
        self.has_secrets = True
        self.set_fact(NO_SECRETS, 0)

    def forget_secrets(self) -> None:
        """Delete all inputs before the newest snapshot, so that none of their bytes stays; raise `JournalError`."""
        try:
            self.tables.forget()
        finally:
            self._watch.accept(moved=True)
        self.set_fact(NO_SECRETS, 1)
        self.has_secrets = False

    def close(self) -> None:
        """Close the file, and unlock it."""
        self.tables.close()
        os.close(self._lock)  # after SQLite, because closing any descriptor of a file drops SQLite's locks (fcntl(2))
        self._path_lock.release()
