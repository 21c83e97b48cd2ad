"""What fuzzing found interesting is played again with every run of the tests."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.harness import play

CORPUS = sorted(Path(__file__).with_name("corpus").iterdir())


def test_the_corpus() -> None:
    """Nothing of it breaks anything, and there is much of it."""
    assert len(CORPUS) > 50
    inputs = sum(play(each.read_bytes()).world.inputs for each in CORPUS)
    assert inputs > len(CORPUS)


@given(st.binary(max_size=500))
def test_any_bytes(data: bytes) -> None:
    """Nor do any others."""
    play(data)
