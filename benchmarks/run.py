"""Measure udpchat and other servers in the same runs; write a table and plots to benchmarks/results/.

usage: python benchmarks/run.py [--runs N] [--seconds S] [--clients 10,100] [--in-flight 1,32]
                               [--servers NAMES] [--before FOLDER | --journal]

The server runs on one core and the load on the other. Runs are interleaved: each run measures every server once in each
scenario. So other work of the machine disturbs all servers alike. The figures are medians. Traffic stays on 127.0.0.1.

With `--servers`, `--before` or `--journal`, the tables are printed and nothing is written.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from peers.figures import comparison, medians, ratios
from peers.measure import Load, build, ceiling, measure, versions
from peers.servers import EARLIER, ROOM, SERVERS, THIS, UDPCHAT, Server

HERE = Path(__file__).parent
RESULTS = HERE / "results"
JOURNALLED = "udpchat, journal"


def numbers(text: str) -> list[int]:
    """Return the numbers of a list with commas."""
    return [int(part) for part in text.split(",")]


def names(text: str) -> list[str]:
    """Return the names of a list with commas; raise ArgumentTypeError if a server is not known.

    A comma may also be part of a name, so the longest name that fits is taken.
    """
    known = sorted((server.name for server in SERVERS), key=len, reverse=True)
    found, rest = [], text
    while rest:
        name = next((name for name in known if f"{rest},".startswith(f"{name},")), None)
        if name is None:
            raise argparse.ArgumentTypeError(f"no server is named {rest!r}; the servers are {'; '.join(known)}")
        found.append(name)
        rest = rest.removeprefix(name).removeprefix(",").lstrip()
    return found


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.2, help="of each measurement, warm-up included")
    parser.add_argument("--clients", type=numbers, default=[10, 100, 1000, 10_000])
    parser.add_argument("--in-flight", type=numbers, default=[1, 32, 256])
    parser.add_argument("--servers", type=names, help="names of servers, with commas between them: measure only these")
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--before", type=Path, help="folder of another checkout: compare udpchat with the one there")
    other.add_argument("--journal", action="store_true", help="compare udpchat with a journal and without")
    parser.add_argument("--no-limits", action="store_true", help="the udpchat in that folder has no limits yet")
    return parser.parse_args()


def chosen(options: argparse.Namespace) -> tuple[list[Server], tuple[str, str] | None]:
    """Return the servers to measure, and the names of the two that are compared with each other, if any are."""
    wanted = options.servers or [server.name for server in SERVERS]
    pair = None
    if options.before or options.journal:
        wanted = [THIS, *(name for name in options.servers or () if name != THIS)]
        pair = (JOURNALLED, THIS) if options.journal else (THIS, EARLIER)
    servers = [server for server in SERVERS if server.name in wanted]
    if options.journal:
        servers.append(Server(JOURNALLED, "udp", f"{UDPCHAT} --journal {{folder}}/{{port}}.journal"))
    if options.before:
        command = ROOM if options.no_limits else UDPCHAT
        servers.append(Server(EARLIER, "udp", f"env PYTHONPATH={options.before.resolve()}/src {command}"))
    return servers, pair


def measure_all(servers: list[Server], folder: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return the results of all runs."""
    found = []
    for run in range(options.runs):
        for clients in options.clients:
            for in_flight in options.in_flight:
                print(f"run {run + 1} of {options.runs}: {clients} clients, {in_flight} in flight", flush=True)
                for server in servers:
                    if clients > server.most_clients:
                        continue
                    load = Load(server.protocol, clients, in_flight, options.seconds)
                    result = measure(server, folder, load)
                    if result:
                        found.append({"server": server.name, "clients": clients, "in_flight": in_flight, **result})
    return found


def main() -> None:
    """Measure, then print the tables or write the results."""
    options = arguments()
    servers, pair = chosen(options)
    missing = [server for server in servers if "{" not in server.program and not shutil.which(server.program)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        most = 0.0 if options.servers or pair else ceiling(folder)
        rows = medians(measure_all([server for server in servers if server not in missing], folder, options))
    if options.servers:
        print(ratios(rows))
    if pair:
        print(comparison(rows, *pair))
    if options.servers or pair:
        return
    RESULTS.mkdir(exist_ok=True)
    report = {"versions": versions(), "missing": [server.name for server in missing], "runs": options.runs}
    report |= {"ceiling": most, "medians": rows}
    (RESULTS / "results.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    subprocess.run([sys.executable, HERE / "report.py"], check=True)


if __name__ == "__main__":
    main()
