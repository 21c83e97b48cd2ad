"""Seeds that break something: how to replay one, and the search for one where a bug is planted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from tests.simulation.world import Broken


@contextmanager
def replayable(seed: int, where: Callable[[], str]) -> Iterator[None]:
    """Have what breaks tell how to replay it, and where that was."""
    try:
        yield
    except Broken as exc:
        exc.add_note(f"replay it with: make simulate SEED={seed}  ({where()})")
        raise


def assert_found(plant: str, name: str, run: Callable[[int], object], seeds: Iterable[int]) -> None:
    """Fail unless one of the seeds breaks, the first by what the planted bug breaks, and tells how to replay it."""
    seed, broken = next(_breaking(run, seeds), (None, Broken(f"none of {seeds} breaks")))
    print(f"{plant}: {name}, by seed {seed}")  # noqa: T201 - `pytest -s` shows the table in the documentation
    assert str(broken).startswith(f"{name}: ")
    assert f"make simulate SEED={seed}" in broken.__notes__[0]


def _breaking(run: Callable[[int], object], seeds: Iterable[int]) -> Iterator[tuple[int, Broken]]:
    for seed in seeds:
        try:
            run(seed)
        except Broken as exc:
            yield seed, exc
