"""The campaign notices what tests notice. The faults here are planted by hand."""

from __future__ import annotations

from functools import partial

import pytest

from tests.mutation import campaign as campaigns
from tests.mutation.campaign import KILLED, SURVIVED, TIMEOUT, campaign
from tests.mutation.mutant import SOURCES, Mutant
from tests.mutation.reach import Reach

PATH = SOURCES / "udpchat" / "domain" / "keyed_hash.py"
SOURCE = PATH.read_text(encoding="utf-8")
TEST = "tests/domain/test_keyed_hash.py::test_the_characters_are_not_confused"


def outcomes(*sources: str) -> list[str]:
    """Return what becomes of each source as a mutant, if one test reaches it."""
    mutants = [Mutant(PATH, 1, "by hand", partial(str, source)) for source in sources]
    found = dict(campaign(mutants, Reach({TEST: 0.1}, {PATH: {1: [TEST]}}, frozenset({TEST})), jobs=2))
    return [found[mutant] for mutant in mutants]


def test_a_fault_is_killed_by_a_test_that_fails_and_by_a_module_that_cannot_be_imported() -> None:
    """Each is in the source that the process imports, not in the file."""
    confused = SOURCE.replace("abcdefghijkmnp", "abcdefghijklmnop")
    assert outcomes(confused, "import nothing_of_this_name\n") == [KILLED, KILLED]
    assert PATH.read_text(encoding="utf-8") == SOURCE


def test_what_no_test_notices_survives() -> None:
    """The test passes, with few examples and with all."""
    assert outcomes(f"{SOURCE}\nUNUSED = 1\n") == [SURVIVED]


def test_a_fault_that_never_ends_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is ended."""
    monkeypatch.setattr(campaigns, "START", 1)
    assert outcomes(f"{SOURCE}\nwhile True: pass\n") == [TIMEOUT]


def test_a_difference_is_shown_with_its_place() -> None:
    """The place, the kind, and the lines before and after."""
    found = Mutant(PATH, 7, "by hand", partial(str, SOURCE.replace("KEY_BYTES = 32", "KEY_BYTES = 33"))).diff
    assert found == "src/udpchat/domain/keyed_hash.py:7 by hand\n-KEY_BYTES = 32\n+KEY_BYTES = 33"
