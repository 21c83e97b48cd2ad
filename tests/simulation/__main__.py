"""Run seeds and tell what happened: `python -m tests.simulation --seeds 1000`, or `--seed 7` for one."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.simulation.run import run
from tests.simulation.world import Broken


def main() -> int:
    """Return 0 if everything held."""
    parser = argparse.ArgumentParser(description="A hostile network in memory, seed by seed.")
    parser.add_argument("--seeds", type=int, default=1000, help="how many, from --first on")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, help="this one alone")
    given = parser.parse_args()
    seeds = [given.seed] if given.seed is not None else range(given.first, given.first + given.seeds)
    counts: Counter[str] = Counter()
    began = time.monotonic()
    for seed in seeds:
        try:
            simulation = run(seed)
        except Broken as exc:
            print(f"seed {seed} broke: {exc}", *exc.__notes__, sep="\n")  # noqa: T201 - what it is for
            return 1
        counts["datagrams into the hub"] += simulation.world.inputs
        counts["lines handled"] += simulation.lines
        counts["datagrams out, each to one address"] += simulation.world.deliveries
        counts["members removed because they were gone"] += simulation.unreachable
        counts.update({f"dropped: {reason.value}": count for reason, count in simulation.admission.drops.items()})
    took = time.monotonic() - began
    for what, count in counts.items():
        print(f"{count:>12,} {what}")  # noqa: T201
    minute = counts["datagrams into the hub"] / took * 60
    print(f"{len(seeds)} seeds in {took:.1f} s: {minute:,.0f} datagrams into the hub a minute")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
