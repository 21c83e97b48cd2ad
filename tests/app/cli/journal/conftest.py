"""The journal that most tests of the tools read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.cli.journal.recorded import record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the journal of a small room."""
    path = tmp_path / "room.journal"
    record(path)
    return path
