"""Run seeds and print what happened: `python -m tests.simulation --seeds 1000`, or `--seed 7` for one."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter

import structlog

from tests.simulation.cluster.run import run as run_cluster
from tests.simulation.cluster.run import run_with_programs
from tests.simulation.programs.run import run as run_programs
from tests.simulation.run import run
from tests.simulation.world import Broken

INPUTS = "datagrams into the hub"


def outcome_of(seed: int) -> Counter[str] | str:
    """Run a seed with one server and several, each with programs too. Return what happened, or the failure as text."""
    try:
        simulation, several, programs, mixed = run(seed), run_cluster(seed), run_programs(seed), run_with_programs(seed)
    except Broken as exc:
        return "\n".join([f"seed {seed} broke: {exc}", *exc.__notes__])
    wanderers = mixed.nodes.programs
    counts = Counter(
        {
            INPUTS: simulation.world.inputs,
            "lines handled": simulation.lines,
            "datagrams out, each to one address": simulation.world.deliveries,
            "lines shown again": simulation.answers.count,
            "members removed because their program had ended": simulation.unreachable,
            **{f"servers that ended {moment}": count for moment, count in simulation.ends.items()},
            "lines of programs that counted once": sum(len(each.done) for each in programs.programs),
            "programs that went on at another address": programs.moves,
            "lines of programs on several servers that counted once": sum(len(each.done) for each in wanderers.all),
            "programs that went to another server": wanderers.moves,
            "inputs of rooms on several servers": len(several.log.observer.facts),
            "batches on the log of these rooms": len(several.log.entries),
            "lines of these rooms that were given up": len(several.log.refused),
            **{f"dropped: {reason.value}": count for reason, count in simulation.admission.drops.items()},
        }
    )
    return counts + several.nodes.counts + mixed.nodes.counts


def _log_nothing() -> None:
    """Print no log lines between the counts."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())


def main() -> int:
    """Run the seeds. Return 0 if all of them passed, else 1."""
    parser = argparse.ArgumentParser(description="A hostile network in memory, seed by seed, on all cores.")
    parser.add_argument("--seeds", type=int, default=1000, help="number of seeds, beginning with --first")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, help="run only this seed")
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.seeds) if given.seed is None else [given.seed]
    counts: Counter[str] = Counter()
    began = time.monotonic()
    with multiprocessing.Pool(initializer=_log_nothing) as pool:
        for outcome in pool.imap_unordered(outcome_of, seeds):
            if isinstance(outcome, str):
                print(outcome)
                return 1
            counts += outcome
    took = time.monotonic() - began
    for what, count in sorted(counts.items()):
        print(f"{count:>12,} {what}")
    minute = counts[INPUTS] / took * 60
    print(f"{len(seeds)} seeds in {took:.1f} s: {minute:,.0f} datagrams into the hub a minute")
    return 0


if __name__ == "__main__":
    sys.exit(main())
