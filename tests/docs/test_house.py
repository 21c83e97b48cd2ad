"""The pictures in docs/architecture.md show the code as it is; `python -m tests.docs.house` draws them again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.house import FLOORS, HOUSE, LINE, PACKAGE, ROOT, WAY, house, layers, line


def test_the_house_is_drawn_from_the_code() -> None:
    """`docs/house.svg` is what the script draws of the contracts and docstrings of today."""
    assert HOUSE.read_text(encoding="utf-8") == house()


def test_the_way_is_drawn_from_its_table() -> None:
    """`docs/line.svg` is what the script draws of its table, and every step of it names a file."""
    assert LINE.read_text(encoding="utf-8") == line()
    assert all((PACKAGE / step.floor / step.module).is_file() for step in WAY)


@pytest.mark.parametrize("floor", FLOORS)
def test_every_wing_is_in_the_house(floor: str) -> None:
    """The layers of a floor are all of its packages and modules."""
    modules = {file.stem for file in (PACKAGE / floor).glob("*.py")} - {"__init__"}
    packages = {file.parent.name for file in (PACKAGE / floor).glob("*/__init__.py")}
    assert {wing for layer in layers(floor) for wing in layer} == modules | packages


@pytest.mark.parametrize("page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]), ids=lambda page: page.name)
def test_the_files_that_a_page_names_exist(page: Path) -> None:
    """Every path in backticks that begins with a folder of the repository, or with a floor, names a file or folder."""
    folders = "|".join([*FLOORS, "src", "tests", "docs", "benchmarks", "contrib"])
    for path in re.findall(rf"`((?:{folders})/[\w./-]*)`", page.read_text(encoding="utf-8")):
        assert (ROOT / path).exists() or (PACKAGE / path).exists(), path
