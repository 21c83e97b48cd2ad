"""The rows of a journal file: inputs, snapshots and facts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import attrs

from udpchat.adapters.journal.codec import Row
from udpchat.adapters.journal.errors import JournalError
from udpchat.adapters.journal.retention import retained
from udpchat.adapters.sqlite.errors import damaged, journal_errors


@attrs.define(eq=False)
class Tables:
    """The tables of the journal at `path`, through one connection. Every method raises `JournalError`.

    Inputs are numbered from 1. A snapshot has the number of the last input before it. A fact is a named value.
    """

    path: Path
    db: sqlite3.Connection

    def fact(self, name: str) -> bytes | int | None:
        """Return the value of a fact, or None if it is not set."""
        with journal_errors(self.path):
            found = self.db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None

    def set_fact(self, name: str, value: bytes | int) -> None:
        """Set the value of a fact."""
        self.set_facts({name: value})

    def facts(self) -> dict[str, bytes | int]:
        """Return all facts."""
        with journal_errors(self.path):
            return dict(self.db.execute("SELECT name, value FROM facts").fetchall())

    def set_facts(self, facts: Mapping[str, bytes | int]) -> None:
        """Set the values of some facts, all or none."""
        with self.transaction():
            self.db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())

    def checkpoint(self, how: Literal["PASSIVE", "TRUNCATE"]) -> bool:
        """Move the write-ahead log into the file, and return whether all of it was moved.

        PASSIVE waits for no reader. TRUNCATE empties the log, too (sqlite.org/pragma.html#pragma_wal_checkpoint).
        """
        with journal_errors(self.path):
            busy, logged, moved = self.db.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
        return not busy and logged == moved

    def snapshots(self) -> list[tuple[int, str]]:
        """Return the snapshots in order, each as its number and its document."""
        with journal_errors(self.path):
            return self.db.execute("SELECT seq, document FROM snapshots ORDER BY seq").fetchall()

    def inputs(self, after: int) -> Iterator[tuple[int, Row]]:
        """Yield the inputs with a number above `after` in order, each as its number and its row."""
        with journal_errors(self.path):
            query = "SELECT seq, at, entropy, sender, kind, line FROM inputs WHERE seq > ? ORDER BY seq"
            for seq, *row in self.db.execute(query, (after,)):
                yield seq, tuple(row)

    def last_batch(self) -> tuple[int, int]:
        """Return the number of the last input, and of the first input in its batch; 0 and 0 if there are no inputs."""
        with journal_errors(self.path):
            query = "SELECT seq, batch FROM inputs ORDER BY seq DESC LIMIT 1"
            last, first = self.db.execute(query).fetchone() or (0, 0)
        if not isinstance(first, int):  # SQLite does not check the types in a damaged page
            raise damaged(self.path, "an input has no batch")
        return last, first

    def write(self, first: int, rows: Iterable[Row]) -> None:
        """Write a batch of inputs in one transaction; the first one gets the number `first`."""
        numbered = ((seq, first, *row) for seq, row in enumerate(rows, first))
        with self.transaction():
            self.db.executemany("INSERT INTO inputs VALUES (?, ?, ?, ?, ?, ?, ?)", numbered)

    def save(self, seq: int, document: str, keep: int) -> None:
        """Write the snapshot after input `seq`, and delete what a replay of the last `keep` inputs does not need."""
        with self.transaction():
            self.db.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?)", (seq, document))
            numbers = [number for (number,) in self.db.execute("SELECT seq FROM snapshots ORDER BY seq")]
            kept = retained(numbers, keep)
            deleted = [(number,) for number in numbers if number not in kept]
            self.db.executemany("DELETE FROM snapshots WHERE seq = ?", deleted)
            self.db.execute("DELETE FROM inputs WHERE seq <= ?", (kept[0],))

    def forget(self) -> None:
        """Delete all inputs and snapshots before the newest snapshot, so that none of their bytes stays in the files.

        A reader may prevent it. Then this can be called again.
        """
        with journal_errors(self.path):
            (usual,) = self.db.execute("PRAGMA secure_delete").fetchone()
            self.db.execute("PRAGMA secure_delete=ON")
        with self.transaction():
            self.db.execute("DELETE FROM inputs WHERE seq <= (SELECT max(seq) FROM snapshots)")
            self.db.execute("DELETE FROM snapshots WHERE seq < (SELECT max(seq) FROM snapshots)")
        with journal_errors(self.path):
            self.db.execute("VACUUM")  # earlier deletions left bytes in free pages
            self.db.execute(f"PRAGMA secure_delete={usual}")  # to write each deleted page takes time
        if not self.checkpoint("TRUNCATE"):
            raise JournalError(f"the journal {self.path} is in use by another program: close that program")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write everything in the block, or nothing if the block raises."""
        with journal_errors(self.path):
            try:
                self.db.execute("BEGIN IMMEDIATE")
                yield
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the connection."""
        self.db.close()
