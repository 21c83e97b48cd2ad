"""A trial for each mutant, several at once."""

from __future__ import annotations

import math
import signal
from collections.abc import Iterator, Sequence
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess

import attrs
import pytest

from tests.mutation.mutant import Mutant
from tests.mutation.reach import Reach
from tests.mutation.trial import ALL, FEW, Trial

KILLED, SURVIVED, TIMEOUT = "killed", "survived", "timeout"  # a mutant that hangs is noticed, too
START, SLOWER = 10, 5  # seconds of the processor for the start; times as slow as without a fault


@attrs.define(eq=False)
class _Running:
    """A trial that runs: its mutant, its number of examples, and its process."""

    mutant: Mutant
    examples: int
    process: ForkServerProcess


def campaign(mutants: Sequence[Mutant], reach: Reach, jobs: int) -> Iterator[tuple[Mutant, str]]:
    """Yield each mutant with what became of it, as soon as that is known.

    A mutant is tried with few examples first; if it survives, the properties are tested with all.
    """
    waiting = [(mutant, FEW) for mutant in reversed(mutants)]
    running: list[_Running] = []
    while waiting or running:
        while waiting and len(running) < jobs:
            running.append(_start(*waiting.pop(), reach))
        wait([each.process.sentinel for each in running])
        for each in list(running):
            outcome = _outcome(each)
            if outcome is None:
                continue
            running.remove(each)
            if outcome == SURVIVED and each.examples < ALL and _tests(each.mutant, ALL, reach):
                waiting.append((each.mutant, ALL))
            else:
                yield each.mutant, outcome


def _tests(mutant: Mutant, examples: int, reach: Reach) -> Sequence[str]:
    """Return the tests to try a mutant with: with all examples, only those that take examples."""
    tests = reach.tests(mutant.path, mutant.line)
    return tests if examples < ALL else [test for test in tests if test in reach.properties]


def _start(mutant: Mutant, examples: int, reach: Reach) -> _Running:
    tests = _tests(mutant, examples, reach)
    cpu = START + SLOWER * examples / FEW * sum(reach.seconds[test] for test in tests)
    process = Trial(mutant.module, mutant.path, mutant.make(), tests, examples, math.ceil(cpu)).start()
    return _Running(mutant, examples, process)


def _outcome(trial: _Running) -> str | None:
    """Return what became of a mutant, or None if that is not known yet."""
    match trial.process.exitcode:
        case None:
            return None
        case pytest.ExitCode.OK | pytest.ExitCode.NO_TESTS_COLLECTED:
            return SURVIVED
        case pytest.ExitCode.USAGE_ERROR | pytest.ExitCode.INTERNAL_ERROR:
            raise RuntimeError(f"pytest cannot run for {trial.mutant.diff}")
        case code:
            return TIMEOUT if code == -signal.SIGXCPU else KILLED
