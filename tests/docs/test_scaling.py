"""The tables of docs/scaling.md are up to date."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_tables_are_those_of_the_model() -> None:
    """Each table is what the model computes from the latest measurements."""
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "scaling.py"], capture_output=True, text=True, timeout=60, check=True
    )
    page = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
    tables = done.stdout.strip().split("\n\n")
    assert len(tables) == 3
    assert all(table in page for table in tables)
