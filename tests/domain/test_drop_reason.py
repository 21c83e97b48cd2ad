"""Every reason for a drop is tested and documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from udpchat.domain.drop_reason import DropReason

ROOT = Path(__file__).parents[2]
TESTS = "\n".join(path.read_text() for path in sorted(ROOT.glob("tests/**/test_*.py")))


def test_each_reason_has_its_own_name() -> None:
    """Otherwise two would be counted as one."""
    assert len(DropReason) == len(DropReason.__members__)


@pytest.mark.parametrize("reason", DropReason)
def test_each_reason_is_asserted_somewhere(reason: DropReason) -> None:
    """Some test asserts the count of the reason, or an outcome with it."""
    assert re.search(rf"assert .*\bDropReason\.{reason.name}\b", TESTS)


@pytest.mark.parametrize("reason", DropReason)
def test_each_reason_is_in_the_manual(reason: DropReason) -> None:
    """The manual has the name that the log uses."""
    manual = (ROOT / "docs" / "manual.md").read_text()
    assert re.search(rf"^\| .*`{reason.value}`.* \|", manual, re.MULTILINE)
