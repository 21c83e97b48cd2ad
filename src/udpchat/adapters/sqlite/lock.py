"""The locks of a server on its journal: one on the file, and one on the path where the file should be.

Another program may move or replace the file. The lock on it goes with it, so a second server could open a new file at
the same path. The lock on the path is a lock on the file `-lock` beside the journal, which no other program needs.

Limit: somebody may remove that file too. Then a second server can open the path until the first one takes the lock
again, which it does about once a second.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import attrs

from udpchat.adapters.journal.errors import DiskFull, JournalError

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


def beside(path: Path, suffix: str) -> Path:
    """Return the path of a file beside the journal. SQLite follows links first (sqlite.org/fileformat.html)."""
    return Path(os.path.realpath(path) + suffix)


def is_at(descriptor: int, path: Path) -> bool:
    """Return whether the open file is the one that is at `path` now."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def open_locked(path: Path, journal: Path) -> int:
    """Open the file at `path`, create it if it is missing, and lock it. Return the descriptor that holds the lock.

    Raise `JournalError`, which names the journal, also if another process has locked the file.
    """
    while True:
        with cannot_write(journal):
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)  # private: it has everything people said
        try:
            _lock(lock, journal)
        except JournalError:
            os.close(lock)
            raise
        if is_at(lock, path):
            return lock
        os.close(lock)  # its owner removed it before it was locked here


def check_unlocked(path: Path, journal: Path) -> None:
    """Raise `JournalError`, which names the journal, if another process has locked what is at `path`."""
    if not path.exists():
        return
    with cannot_write(journal):
        found = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _lock(found, journal)
    finally:
        os.close(found)


@contextmanager
def cannot_write(journal: Path) -> Iterator[None]:
    """Raise `JournalError`, or `DiskFull`, with a sentence that names the journal where a system call fails."""
    try:
        yield
    except OSError as exc:
        if exc.errno in _NO_SPACE:
            raise DiskFull(f"cannot write the journal {journal}: the disk is full, free some space") from exc
        raise JournalError(f"cannot write the journal {journal}: {exc.strerror}") from exc


def _lock(descriptor: int, journal: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        raise JournalError(
            f"the journal {journal} is in use by another server: stop that server, or choose another file"
        ) from exc


@attrs.define(eq=False)
class PathLock:
    """The lock on the path of a journal."""

    path: Path
    _held: int | None = attrs.field(default=None, init=False)  # file descriptor
    _place: Path = attrs.field(init=False)

    @_place.default
    def _(self) -> Path:
        return beside(self.path, "-lock")

    def take(self) -> None:
        """Take the lock, also if its file was removed since; raise `JournalError` if another server has it.

        On a full disk there may be no space for its file. Then the lock on the journal itself must do.
        """
        place = beside(self.path, "-lock")
        if self._held is not None and place == self._place and is_at(self._held, place):
            return
        with suppress(DiskFull):
            held = open_locked(place, self.path)
            self.release()
            self._held, self._place = held, place

    def release(self) -> None:
        """Remove the file and the lock."""
        if self._held is None:
            return
        if is_at(self._held, self._place):
            with suppress(OSError):  # the disk may be read-only by now; the file does no harm
                self._place.unlink()
        os.close(self._held)
        self._held = None
