"""The session in docs/tour.md happens as it is told; `tour.py` says how the page is written."""

from __future__ import annotations

import pytest

from tests.docs.pages import fences
from tests.docs.tour import PAGE, Tour, blocks

BLOCKS = list(blocks())


@pytest.mark.parametrize("place", range(len(BLOCKS)), ids=[f"line {block.number}" for block in BLOCKS])
def test_a_block_of_the_tour(place: int) -> None:
    """Everybody reads what the block shows, and nothing else, after what the blocks before it said."""
    tour = Tour()
    for block in BLOCKS[:place]:
        list(tour.play(block))
    for step, reads in tour.play(BLOCKS[place]):
        assert reads == step.reads, f"{PAGE}:{step.number}: {step.who} types {step.types}"


def test_the_readme_shows_ten_lines_of_the_tour() -> None:
    """They are on the page as they are in the README, one after the other."""
    (shown,) = [code for info, code in fences("README.md") if info == "text tour"]
    assert len(shown.splitlines()) == 10
    assert any(shown in code for _, code in fences(PAGE))
