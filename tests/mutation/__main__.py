"""`python -m tests.mutation --seed 1 --mutants 300`: plants faults, and counts those that tests notice."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from random import Random

from tests.mutation.campaign import SURVIVED, TIMEOUT, campaign
from tests.mutation.faults import mutants
from tests.mutation.reach import Reach

WANTED = 0.95  # of all mutants, the share that a test must notice


def main() -> int:
    """Print each mutant that survives, and how many were killed; return 1 if these are too few."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--mutants", type=int, default=300, help="how many to try; 0 is all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many to try at once")
    options = parser.parse_args()
    every = mutants()
    number = min(options.mutants or len(every), len(every))
    sample = Random(options.seed).sample(every, number)  # noqa: S311 - a sample is no secret
    print(f"{number} of {len(every):,} mutants", flush=True)
    reach = Reach.measured()
    outcomes: Counter[str] = Counter()
    for mutant, outcome in campaign(sample, reach, options.jobs):
        outcomes[outcome] += 1
        if outcome in {SURVIVED, TIMEOUT}:
            print(f"\n{outcome}: {mutant.diff}", flush=True)
    share = 1 - outcomes[SURVIVED] / number
    print(f"\n{', '.join(f'{count} {outcome}' for outcome, count in outcomes.most_common())}: {share:.1%} noticed")
    return int(share < WANTED)


if __name__ == "__main__":
    sys.exit(main())
