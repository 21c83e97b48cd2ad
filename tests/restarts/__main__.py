"""`python -m tests.restarts --rounds 100`: SIGTERM as an upgrade has it, then SIGKILL as a crash does."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from random import Random

from tests.restarts.run import BURST, CLIENTS, PAUSE, Restarts

NETCATS = (("nc.openbsd", "-u"), ("ncat", "-u"), ("nc.traditional", "-u"))


def main() -> int:
    """Do all rounds, print what became of them, and return how many faults there were."""
    parser = argparse.ArgumentParser(prog="python -m tests.restarts", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="of each kind")
    parser.add_argument("--seed", type=int, default=0, help="of the moments at which the server is ended")
    options = parser.parse_args()
    netcat = next((each for each in NETCATS if shutil.which(each[0])), None)
    if netcat is None:
        parser.error("no netcat is installed")
    print(f"{CLIENTS} clients ({netcat[0]}), who say something every {PAUSE * 1000:.0f} ms, "
          f"and {BURST[0]} to {BURST[1]} lines at once as it is ended")  # fmt: skip
    print("| ended by | rounds | lines said | while none ran | not committed | of one crash at most "
          "| committed, not heard by all | longest silence, s | longest start, s |")  # fmt: skip
    print("|" + " --- |" * 9)
    faults = 0
    for ended_by in (signal.SIGTERM, signal.SIGKILL):
        with tempfile.TemporaryDirectory() as folder:
            found = Restarts(ended_by, netcat, Path(folder), Random(options.seed)).run(options.rounds)  # noqa: S311
        print(
            f"| {ended_by.name} | {found.rounds} | {found.said:,} | {found.said_meanwhile:,} | {found.uncommitted} "
            f"| {found.most_uncommitted} | {found.unheard} | {found.longest_silence:.2f} | {found.longest_start:.2f} |",
            flush=True,
        )
        for fault in found.faults:
            print(f"FAULT: {fault}")
        faults += len(found.faults)
    return faults


if __name__ == "__main__":
    sys.exit(bool(main()))
