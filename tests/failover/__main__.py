"""`python -m tests.failover --rounds 10` kills a follower and the leader of the room's stream in turn."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from random import Random

from tests.failover.run import CLIENTS, PAUSE, Failover

NETCATS = (("nc.openbsd", "-u"), ("ncat", "-u"), ("nc.traditional", "-u"))


def main() -> int:
    """Do all rounds, print the result, and return the number of faults."""
    parser = argparse.ArgumentParser(prog="python -m tests.failover", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0, help="for the moments at which a server is killed")
    options = parser.parse_args()
    netcat = next((each for each in NETCATS if shutil.which(each[0])), None)
    if netcat is None or shutil.which("nats-server") is None:
        parser.error("this needs nats-server and a netcat")
    print(f"{CLIENTS} clients ({netcat[0]}) of two nodes, one talks every {PAUSE * 1000:.0f} ms; three NATS servers")
    with tempfile.TemporaryDirectory() as folder:
        found = Failover(netcat, Path(folder), Random(options.seed)).run(options.rounds)  # noqa: S311 - moments
    print("| killed | rounds | lines said | refused | longest silence, s |")
    print("|" + " --- |" * 5)
    for victim, outcome in found.by_victim.items():
        print(
            f"| {victim} | {outcome.rounds} | {outcome.said:,} | {outcome.refused:,} | {outcome.longest_silence:.2f} |"
        )
    print(
        f"{found.committed:,} lines committed, received by all, once and in order; {found.committed_late:,} of them "
        f"although they were refused; {found.digests} digests of nodes compared with the log"
    )
    for fault in found.faults:
        print(f"FAULT: {fault}")
    return len(found.faults)


if __name__ == "__main__":
    sys.exit(bool(main()))
