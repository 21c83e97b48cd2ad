"""Places for the journals of a test."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a file that does not exist yet."""
    return tmp_path / "room.journal"


@pytest.fixture
def folders(tmp_path: Path) -> Callable[[], Path]:
    """Return a function that makes a new folder each time."""
    numbers = count()

    def made() -> Path:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        return folder

    return made
