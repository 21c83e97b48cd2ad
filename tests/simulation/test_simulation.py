"""The hub on a hostile network: whatever comes, what must hold does, after every step."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.simulation.run import run

pytestmark = pytest.mark.untraced


@pytest.mark.parametrize("seed", range(7))  # `make simulate` runs more
def test_what_must_hold_does(seed: int) -> None:
    """On this seed nothing of what `world` lists is broken, and something of everything happened."""
    simulation = run(seed)
    assert simulation.world.inputs > 1000
    assert simulation.admission.drops.total() > 0


def test_a_seed_is_a_seed() -> None:
    """The same seed does the same, in another process too, so that a failure can be replayed."""
    command = [sys.executable, "-m", "tests.simulation", "--seed", "2"]
    outputs = set()
    for hash_seed in ("1", "2"):
        done = subprocess.run(command, env={"PYTHONHASHSEED": hash_seed}, capture_output=True, check=True, timeout=60)
        outputs.add(done.stdout.rpartition(b"1 seeds")[0])
    assert len(outputs) == 1
    simulation = run(2)
    assert f"{simulation.world.inputs:>12,} datagrams into the hub".encode() in outputs.pop()
