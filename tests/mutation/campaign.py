"""A trial for each mutant, several at once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess

import attrs
import pytest

from tests.mutation.mutant import Mutant
from tests.mutation.reach import Reach
from tests.mutation.trial import ALL, FEW, Trial

KILLED, SURVIVED, TIMEOUT = "killed", "survived", "timeout"  # a mutant that hangs is noticed, too
START, SLOWER, LONGEST = 20.0, 5.0, 300.0  # seconds for the start; times as slow as alone; seconds at most


@attrs.define(eq=False)
class _Running:
    """A trial that runs: its mutant, its number of examples, and when it must have ended."""

    mutant: Mutant
    examples: int
    process: ForkServerProcess
    end: float


def campaign(mutants: Sequence[Mutant], reach: Reach, jobs: int) -> Iterator[tuple[Mutant, str]]:
    """Yield each mutant with what became of it, as soon as that is known.

    A mutant is tried with few examples first; if it survives, with all.
    """
    waiting = [(mutant, FEW) for mutant in reversed(mutants)]
    running: list[_Running] = []
    while waiting or running:
        while waiting and len(running) < jobs:
            running.append(_start(*waiting.pop(), reach))
        wait([each.process.sentinel for each in running], timeout=1.0)
        for each in list(running):
            outcome = _outcome(each)
            if outcome is None:
                continue
            running.remove(each)
            if outcome == SURVIVED and each.examples < ALL:
                waiting.append((each.mutant, ALL))
            else:
                yield each.mutant, outcome


def _start(mutant: Mutant, examples: int, reach: Reach) -> _Running:
    tests = reach.tests(mutant.path, mutant.line)
    limit = min(START + SLOWER * sum(reach.seconds[test] for test in tests), LONGEST)
    process = Trial(mutant.module, mutant.path, mutant.make(), tests, examples).start()
    return _Running(mutant, examples, process, time.monotonic() + limit)


def _outcome(trial: _Running) -> str | None:
    """Return what became of a mutant, or None if that is not known yet."""
    if trial.process.is_alive():
        if time.monotonic() < trial.end:
            return None
        trial.process.kill()
        trial.process.join()
        return TIMEOUT
    code = trial.process.exitcode
    if code in {pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR}:
        raise RuntimeError(f"pytest cannot run for {trial.mutant.diff}")
    return SURVIVED if code in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} else KILLED
