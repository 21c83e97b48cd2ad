"""Notices what other programs do to the files of a journal while a server writes it.

SQLite keeps its files open, so it does not notice that they were moved, removed, replaced or cut.

Limit: a log that is cut within what was written since the last look, and then written further, is not noticed. If
somebody cuts the file `-shm`, the system ends the server (SIGBUS, mmap(2)).
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import attrs

from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.sqlite.lock import beside, is_at

PARTS = ("-wal", "-shm")  # the files beside the journal, which SQLite opens and closes with it (sqlite.org/wal.html)
_SAMPLE = 32  # bytes: as long as the head of a log (sqlite.org/fileformat.html, "WAL Header")
_MAGIC_BYTES = 4  # of the head: the same in all logs of one machine

Identity = tuple[int, int]
"""Device and inode of a file."""


@attrs.define(eq=False)
class Watch:
    """Watches the files of the journal at `path`. `lock` is an open descriptor of the journal.

    The journal itself changes only when the server moves the log `-wal` into it, so any other change has another cause.
    The log grows at its end, until all of it was moved: then it is begun again.
    """

    path: Path
    lock: int
    _real: Path = attrs.field(init=False)
    _parts: dict[str, Identity] = attrs.field(factory=dict, init=False)
    _changed: tuple[int, int] = attrs.field(default=(0, 0), init=False)  # size and time of the last change, in ns
    log_size: int = attrs.field(default=0, init=False)  # bytes of the log
    _sample: bytes = attrs.field(default=b"", init=False)  # the head of the log, and the end of these bytes
    _moved: bool = attrs.field(default=False, init=False)  # the whole log, into the journal, since it was begun

    def __attrs_post_init__(self) -> None:
        self._real = beside(self.path, "")
        self._parts = {suffix: _identity(found) for suffix in PARTS if (found := _stat(self.path, suffix))}
        self.accept()

    def accept(self, *, moved: bool = False) -> None:
        """Take the files as they are now for right. `moved` tells that the whole log was moved into the journal."""
        found = os.fstat(self.lock)
        self._changed = found.st_size, found.st_mtime_ns
        log = _stat(self.path, "-wal")
        self.log_size = log.st_size if log else 0
        self._sample, self._moved = self._sampled(self.log_size), moved

    @property
    def size(self) -> int:
        """The bytes of the journal and its log when they were looked at last."""
        return self._changed[0] + self.log_size

    def _sampled(self, size: int) -> bytes:
        """Return the head of the log, and the last of its first `size` bytes."""
        try:
            with beside(self.path, "-wal").open("rb") as log:  # SQLite has no locks on it that closing it would drop
                head = log.read(_SAMPLE)
                log.seek(max(0, size - _SAMPLE))
                return head[:size] + log.read(_SAMPLE)[:size]
        except OSError:
            return b""

    def check_place(self) -> None:
        """Raise `JournalError` if the files are not at their paths, or if the disk is read-only."""
        if not self.is_there():
            missing = "was replaced by another file" if os.path.lexists(self.path) else "was moved or removed"
            raise JournalError(f"the journal {self.path} {missing}")
        for suffix, known in self._parts.items():
            found = _stat(self.path, suffix)
            if found is None or _identity(found) != known:
                raise JournalError(
                    f"the file {beside(self.path, suffix)}, a part of the journal, was removed or replaced"
                )

    def is_there(self) -> bool:
        """Return whether the journal is at its path."""
        return is_at(self.lock, self.path) and beside(self.path, "") == self._real

    def check_disk(self) -> None:
        """Raise `JournalError` if the disk is read-only."""
        with suppress(OSError):  # there is no file: `check_place` finds that
            if os.statvfs(self.path).f_flag & os.ST_RDONLY:
                raise JournalError(f"cannot write the journal {self.path}: the disk is read-only")

    def is_changed(self) -> bool:
        """Return whether another program wrote to the journal, or cut a file."""
        known, log_size, sample, moved = self._changed, self.log_size, self._sample, self._moved
        grown = self._sampled(log_size)
        begun = moved and grown[:_MAGIC_BYTES] == sample[:_MAGIC_BYTES] and grown[:_SAMPLE] != sample[:_SAMPLE]
        self.accept(moved=moved and not begun)
        return self._changed != known or not (begun or (self.log_size >= log_size and grown == sample))

    def remove_parts(self) -> None:
        """Remove the files beside the journal, if they are still those of this journal."""
        for suffix, known in self._parts.items():
            found = _stat(self.path, suffix)
            if found and _identity(found) == known:
                Path(f"{self._real}{suffix}").unlink()


def _stat(path: Path, suffix: str) -> os.stat_result | None:
    try:
        return beside(path, suffix).stat()
    except OSError:
        return None


def _identity(found: os.stat_result) -> Identity:
    return found.st_dev, found.st_ino
