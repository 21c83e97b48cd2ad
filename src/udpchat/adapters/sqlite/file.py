"""A journal in a file, by SQLite: one transaction for each batch of inputs, and snapshots so that a start is quick.

What it can not do: keep the last moments when the machine loses its power. What was committed survives the end of the
process, however it comes; after a power failure the file is whole, but may end a little earlier (write-ahead log with
`synchronous=NORMAL`, sqlite.org/wal.html).
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

import attrs

from udpchat.adapters.journal.codec import Row
from udpchat.adapters.journal.errors import DiskFull, JournalError
from udpchat.adapters.journal.retention import retained

APPLICATION = 0x75647063  # "udpc": what SQLite keeps in the file's header to tell whose it is
VERSION = 1  # of the tables
PATIENCE = 10  # ms that a write waits for another program: who reads holds it up for an instant, who writes for longer

_TABLES = """
CREATE TABLE inputs (
    seq INTEGER PRIMARY KEY, batch INTEGER NOT NULL,
    at REAL NOT NULL, entropy INTEGER NOT NULL, sender TEXT NOT NULL, kind TEXT NOT NULL, line TEXT NOT NULL
) STRICT;
CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, document TEXT NOT NULL) STRICT;
CREATE TABLE facts (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
"""

_NOWHERE_TO_WRITE = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR}


@attrs.define(eq=False)
class JournalFile:
    """The file at `path`: inputs, each with its place in their order, from 1 on, and the states that they made.

    `full` is why it could only be read when it was opened, if the disk was full.
    """

    path: Path
    _db: sqlite3.Connection
    _lock: int | None = None  # a file descriptor
    full: DiskFull | None = attrs.field(default=None, init=False)
    _alone: bool = attrs.field(default=False, init=False)  # nobody else can read the file

    @classmethod
    def open(cls, path: Path) -> JournalFile:
        """Open a journal to write it, or begin one; raise `JournalError`."""
        try:
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)  # what people said is theirs
        except OSError as exc:
            raise JournalError(f"cannot write the journal {path}: {exc.strerror}") from exc
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            os.close(lock)
            raise JournalError(f"the journal {path} is in use by another server") from exc
        try:
            with _told(path):
                file = cls(path, sqlite3.connect(path, isolation_level=None), lock)
            file._open()
        except JournalError:
            os.close(lock)
            raise
        return file

    def _open(self) -> None:
        """Be ready to write; or only to read, if the disk is full and there is something to read."""
        try:
            with _told(self.path):
                self._prepare()
        except DiskFull as exc:
            self.full = exc
            self._open_full()
        self._db.execute(f"PRAGMA busy_timeout={PATIENCE}")  # until now it was seconds, which a start can wait

    def _open_full(self) -> None:
        try:
            with _told(self.path):
                empty = self._is_empty()
        except DiskFull:  # there is no room for what SQLite shares with who else reads the file; alone it needs none
            self._alone = True
            with _told(self.path):
                self._connect()
                self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
                empty = self._is_empty()
        if empty and self.full:
            raise self.full
        with _told(self.path):
            self._look()

    def _connect(self) -> None:
        """Open the file anew."""
        self._db.close()
        self._db = sqlite3.connect(self.path, PATIENCE / 1000, isolation_level=None)

    @classmethod
    def look_at(cls, path: Path) -> JournalFile:
        """Open a journal to read it, which a server may be writing; raise `JournalError`."""
        try:
            os.close(os.open(path, os.O_RDONLY))
        except OSError as exc:
            raise JournalError(f"cannot read the journal {path}: {exc.strerror}") from exc
        with _told(path):
            try:
                file = cls(path, _to_read(path))
            except sqlite3.OperationalError as exc:
                if _code(exc) & 0xFF not in _NOWHERE_TO_WRITE:
                    raise
                file = cls(path, _to_read_alone(path))
            if file._is_empty():
                file.close()
                file = cls(path, sqlite3.connect(":memory:", isolation_level=None))
                file._begin()
            file._look()
            return file

    def _prepare(self) -> None:
        if self._is_empty():
            self._db.execute("PRAGMA journal_mode=WAL")
            self._begin()
        self._look()
        self._db.execute("PRAGMA synchronous=NORMAL")
        with self._transaction():  # a file that cannot be written is told of now
            self._db.execute("INSERT OR REPLACE INTO facts VALUES ('opened', 1)")

    def _is_empty(self) -> bool:
        """Say whether nothing was written yet: the server that was to do so has only just begun, or ended there."""
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        return cast("int", tables) == 0

    def _begin(self) -> None:
        self._db.executescript(
            f"BEGIN; PRAGMA application_id={APPLICATION}; PRAGMA user_version={VERSION}; {_TABLES} COMMIT;"
        )

    def _look(self) -> None:
        if self._db.execute("PRAGMA application_id").fetchone() != (APPLICATION,):
            raise JournalError(f"{self.path} is not a journal of udpchat")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version != VERSION:
            raise JournalError(f"the journal {self.path} is of version {version}, this udpchat reads version {VERSION}")

    def fact(self, name: str) -> bytes | int | None:
        """Return a fact, if it is known."""
        with _told(self.path):
            found = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None

    def note(self, name: str, value: bytes | int) -> None:
        """Keep a fact."""
        with _told(self.path):
            self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def snapshots(self) -> list[tuple[int, str]]:
        """Return the states that are kept, each with the place of the last input that it has in it, in order."""
        with _told(self.path):
            return self._db.execute("SELECT seq, document FROM snapshots ORDER BY seq").fetchall()

    def inputs(self, after: int) -> Iterator[tuple[int, Row]]:
        """Yield the inputs after a place, in order, each with its own."""
        with _told(self.path):
            query = "SELECT seq, at, entropy, sender, kind, line FROM inputs WHERE seq > ? ORDER BY seq"
            for seq, *row in self._db.execute(query, (after,)):
                yield seq, tuple(row)

    def last(self) -> tuple[int, int]:
        """Return the place of the last input, and of the first that was written with it, 0 where there is none."""
        with _told(self.path):
            query = "SELECT seq, batch FROM inputs ORDER BY seq DESC LIMIT 1"
            return self._db.execute(query).fetchone() or (0, 0)

    def write(self, first: int, rows: Iterable[Row]) -> None:
        """Write inputs, the first of them at a place, in one transaction."""
        numbered = ((seq, first, *row) for seq, row in enumerate(rows, first))
        with self._transaction():
            self._db.executemany("INSERT INTO inputs VALUES (?, ?, ?, ?, ?, ?, ?)", numbered)

    def save(self, seq: int, document: str, keep: int) -> None:
        """Write the state after the input at `seq`, and drop what is older than the last `keep` inputs need."""
        if self._alone:
            with _told(self.path):
                self._connect()
                self._prepare()
            self._alone = False
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?)", (seq, document))
            places = [place for (place,) in self._db.execute("SELECT seq FROM snapshots ORDER BY seq")]
            kept = retained(places, keep)
            dropped = [(place,) for place in places if place not in kept]
            self._db.executemany("DELETE FROM snapshots WHERE seq = ?", dropped)
            self._db.execute("DELETE FROM inputs WHERE seq <= ?", (kept[0],))

    def problems(self) -> list[str]:
        """Return what SQLite finds wrong with the file (`PRAGMA integrity_check`)."""
        try:
            found = [problem for (problem,) in self._db.execute("PRAGMA integrity_check")]
        except (sqlite3.Error, UnicodeDecodeError) as exc:
            found = [str(exc)]
        return [] if found == ["ok"] else found

    def copy_to(self, to: Path) -> None:
        """Make a copy that is one file, at a place where there is none, of what is written by now."""
        try:
            os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except OSError as exc:
            raise JournalError(f"cannot write a copy to {to}: {exc.strerror}") from exc
        try:
            with _told(to), closing(sqlite3.connect(to)) as copy:
                self._db.backup(copy)
        except BaseException:
            to.unlink()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()
        if self._lock is not None:
            os.close(self._lock)  # last: to close a file gives up the locks that SQLite has on it

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _told(self.path):
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


def _to_read(path: Path, options: str = "") -> sqlite3.Connection:
    """Return a connection that has read something, for which SQLite may need files beside the one it reads."""
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro{options}", uri=True, isolation_level=None)
    db.execute("PRAGMA schema_version").fetchone()
    return db


def _to_read_alone(path: Path) -> sqlite3.Connection:
    """Return a connection to a file beside which nothing can be written.

    It is read as one that nobody writes, which is true if no log is beside it: a server always has one.
    """
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise JournalError(
            f"what was said last is in {log}, which cannot be read here: copy both files to another folder"
        )
    return _to_read(path, "&immutable=1")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Have what SQLite reports told in a sentence."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as exc:
        code = _code(exc)
        if code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE}:
            raise DiskFull(f"the disk is full, the journal {path} cannot be written") from exc
        match code & 0xFF:
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                reason = f"the journal {path} is damaged ({exc}): see udpchat journal check"
            case sqlite3.SQLITE_READONLY:
                reason = f"the journal {path} is read-only"
            case sqlite3.SQLITE_BUSY:
                reason = f"the journal {path} is in use by another program"
            case _:
                reason = f"cannot use the journal {path}: {exc}"
        raise JournalError(reason) from exc


def _code(exc: sqlite3.Error | UnicodeDecodeError) -> int:
    """Return SQLite's extended result code. Where Python could not read what SQLite gave it, that is damage."""
    no_text = isinstance(exc, UnicodeDecodeError) or "Could not decode to UTF-8" in str(exc)
    return sqlite3.SQLITE_CORRUPT if no_text else getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
