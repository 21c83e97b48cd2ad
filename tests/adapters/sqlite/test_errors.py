"""SQLite's errors as sentences."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from udpchat.adapters.sqlite.errors import journal_errors


def test_memory_that_runs_out_is_no_error_of_the_journal() -> None:
    """SQLite reports it as a kind of I/O error, too; the journal is not lost by that."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_NOMEM
    with pytest.raises(MemoryError), journal_errors(Path("room.db")):
        raise error
