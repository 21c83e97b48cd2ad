"""Which tests are run for a fault."""

from __future__ import annotations

from pathlib import Path

from tests.mutation.reach import CONSTANTS, Reach

SOURCE = """\
LIMIT = (
    5
)

def f(x):
    if (
        x
    ):
        return (1 +
            2)
    return 3
"""
LIMITS = f"{CONSTANTS}::test"
SECONDS = {LIMITS: 3.0, "slow": 2.0, "quick": 1.0, "elsewhere": 0.5}


def reach(folder: Path) -> tuple[Reach, Path]:
    """Return what tests reach in a file with the source."""
    path = folder / "module.py"
    path.write_text(SOURCE, encoding="utf-8")
    lines = {1: [""], 5: [""], 6: ["slow", "quick"], 9: ["quick"], 11: ["slow"]}
    return Reach(SECONDS, {path: lines}, frozenset()), path


def test_the_tests_that_reach_a_statement_are_run_quickest_first(tmp_path: Path) -> None:
    """A statement is reached if any of its lines is; those of the statements in it do not count."""
    found, path = reach(tmp_path)
    assert [found.tests(path, line) for line in (6, 7)] == [["quick", "slow"]] * 2
    assert [found.tests(path, line) for line in (9, 10)] == [["quick"]] * 2
    assert found.tests(path, 11) == ["slow"]


def test_for_what_runs_at_import_all_tests_are_run_those_of_the_file_first(tmp_path: Path) -> None:
    """No single test reaches a constant, so any may notice a fault in it; most likely one that looks at constants."""
    found, path = reach(tmp_path)
    assert [found.tests(path, line) for line in (1, 2)] == [[LIMITS, "quick", "slow", "elsewhere"]] * 2


def test_a_line_that_no_test_reaches_has_no_tests(tmp_path: Path) -> None:
    """Its mutants survive."""
    found, path = reach(tmp_path)
    assert not found.tests(path, 4)
