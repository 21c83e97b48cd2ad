"""Measure a room on two nodes beside one on a single server, in the same run: `python benchmarks/cluster.py`.

Needs Debian's nats-server. The nodes run as a user has them, but for limits above what is said; node a has core 0, all
else core 1. Everything is told as a table, and written to benchmarks/results/cluster.json, from which
`benchmarks/scaling.py` makes its own. Traffic goes to 127.0.0.1 only, and all is over after some seconds a figure.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import nats
from run import LINE_BYTES, RESULTS, UDPCHAT, Server, build, free_port, resident, versions, wait_until_up

from udpchat.adapters.nats.replication.entries import MAX_ENTRY_INPUTS
from udpchat.adapters.nats.replication.publish_queue import MAX_IN_FLIGHT

TICKS = os.sysconf("SC_CLK_TCK")
ENGINE_CORE, HERE_CORE = "1", "0"
CLIENTS = 100
TURNS = 6  # of a server by itself and of a node, for the one figure of what they cost
WRONG = ("lost", "doubled", "disordered", "broken")  # what must not become of a line
SAID = 400  # lines for a latency
PARCELS, ROW_BYTES, MANY_FLYING = 400, 140, 256  # of a stream by itself; a row has its line, address and time
MANY = 10_000  # members, for what one of another node costs


@contextmanager
def process(core: str, command: str, first_line: str = "") -> Iterator[subprocess.Popen[str]]:
    """Run a program on a core; return when it has printed a line that begins so, if that is not empty."""
    made = subprocess.Popen(
        ["taskset", "-c", core, *command.split()], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        while first_line and made.stdout and not made.stdout.readline().startswith(first_line):
            if made.poll() is not None:
                raise RuntimeError(command)
        yield made
    finally:
        made.terminate()
        made.wait(timeout=20)


@contextmanager
def engine(folder: Path, servers: int = 1) -> Iterator[int]:
    """Run NATS servers with JetStream; give the port of the last."""
    ports, routes = [free_port() for _ in range(servers)], [free_port() for _ in range(servers)]
    others = ",".join(f"nats://127.0.0.1:{port}" for port in routes)
    with ExitStack() as stack:
        for port, route in zip(ports, routes, strict=True):
            together = f"-n {port} -cluster_name bench -cluster nats://127.0.0.1:{route} -routes {others}"
            command = f"nats-server -js -a 127.0.0.1 -p {port} -sd {folder}/{port}"
            stack.enter_context(process(ENGINE_CORE, f"{command} {together if servers > 1 else ''}"))
        for port in ports:
            wait_until_up(Server("NATS", "nats", ""), port)
        yield port


@contextmanager
def room(core: str, more: str = "") -> Iterator[tuple[int, int]]:
    """Run a server; give its port and process."""
    port = free_port()
    with process(core, f"{UDPCHAT.format(port=port)} {more}", "end with") as made:
        yield port, made.pid


@contextmanager
def two_nodes(folder: Path) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Run an engine and two nodes; give port and process of each."""
    with engine(folder) as port:
        cluster = f"--cluster nats://127.0.0.1:{port}"
        with (
            room(HERE_CORE, f"{cluster} --node a") as here,
            room(ENGINE_CORE, f"{cluster} --node b") as there,
        ):
            yield here, there


def cpu(pid: int) -> float:
    """Return the processor time that a process has used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def load(folder: Path, server: tuple[int, int], clients: int, in_flight: int, seconds: float) -> dict[str, Any]:
    """Load a server, of which port and process are given; return what was measured."""
    arguments = ["udp", str(server[0]), str(clients), str(in_flight), str(LINE_BYTES), str(seconds), str(server[1])]
    done = subprocess.run(
        ["taskset", "-c", ENGINE_CORE, folder / "load", *arguments],
        capture_output=True,
        check=True,
        text=True,
        timeout=120,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    found["per_cpu_s"] = found["delivered_per_s"] * found["took_s"] / found["cpu_s"]
    return found


def talker(port: int) -> socket.socket:
    """Return a client that is in the room."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    made.connect(("127.0.0.1", port))
    made.settimeout(5)
    made.send(b"/enter now\n")
    made.recv(9000)
    return made


def latencies(one: int, other: int) -> Sequence[float]:
    """Return how long lines take from a client of one server to a client of another, in seconds."""
    with talker(one) as here, talker(other) as there:
        taken = []
        for number in range(SAID):
            said = f"line {number}\n".encode()
            began = time.perf_counter()
            here.send(said)
            while said not in there.recv(9000):  # beside it may stand that somebody left
                pass
            taken.append(time.perf_counter() - began)
            time.sleep(0.002)
        return taken


def by_netcat(one: int, other: int) -> Sequence[float]:
    """Return the same between two netcats."""
    command = ["nc.openbsd", "-u", "127.0.0.1"]
    with (
        subprocess.Popen([*command, str(one)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as here,
        subprocess.Popen([*command, str(other)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as there,
    ):
        try:
            for each in (here, there):
                os.write(each.stdin.fileno(), b"/enter now\n")  # type: ignore[union-attr]
                os.read(each.stdout.fileno(), 9000)  # type: ignore[union-attr]
            taken = []
            for number in range(SAID):
                said = f"line {number}\n".encode()
                began = time.perf_counter()
                os.write(here.stdin.fileno(), said)  # type: ignore[union-attr]
                while said not in os.read(there.stdout.fileno(), 9000):  # type: ignore[union-attr]
                    pass
                taken.append(time.perf_counter() - began)
                time.sleep(0.002)
            return taken
        finally:
            here.kill()
            there.kill()


def counted(listener: socket.socket, process: subprocess.Popen[str]) -> int:
    """Return how many of the load's lines a client hears while that runs, and a little longer."""
    heard = 0
    listener.settimeout(0)
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        quiet_until = 0.0
        while process.poll() is None or time.monotonic() < quiet_until:
            for _ in selector.select(0.2):
                quiet_until = time.monotonic() + 1.0
                while True:
                    try:
                        heard += listener.recv(9000).count(b"|")
                    except BlockingIOError:
                        break
    return heard


def throughput(folder: Path, seconds: float) -> dict[str, float]:
    """Return how many lines a second both nodes commit and handle; the second has one client, which counts them."""
    with two_nodes(folder) as ((port, pid), (other, other_pid)), talker(other) as listener:
        before = cpu(pid), cpu(other_pid)
        command = f"{folder}/load udp {port} 10 512 {LINE_BYTES} {seconds} {pid}"
        with process(ENGINE_CORE, command) as made:
            heard = counted(listener, made)
            found = json.loads(made.stdout.read()) if made.stdout else {}
        used = cpu(pid) - before[0], cpu(other_pid) - before[1]
    return {
        "lines_per_s": found["delivered_per_s"] / 10,
        "heard_there": heard,
        "here_us": used[0] / heard * 1e6,
        "there_us": used[1] / heard * 1e6,
        "lost": found["lost"],
    }


def member_bytes(folder: Path) -> float:
    """Return the memory that a member of another node costs."""
    with two_nodes(folder) as (here, (_, other_pid)):
        before = resident(other_pid)
        load(folder, here, MANY, 1, 1.0)
        time.sleep(1.0)
        return (resident(other_pid) - before) / MANY


async def carried(port: int, replicas: int, lines: int) -> float:
    """Return how many lines a second a stream takes and gives back, in parcels of so many."""
    nc = await nats.connect(f"nats://127.0.0.1:{port}")
    js = nc.jetstream()
    end = time.monotonic() + 20
    while True:
        try:
            await js.add_stream(name="bench", subjects=["bench"], num_replicas=replicas)
            break
        except nats.errors.Error:  # three servers take a while to choose a leader
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.2)
    gone = asyncio.Semaphore(MAX_IN_FLIGHT if lines > 1 else MANY_FLYING)

    async def came(_: object) -> None:
        gone.release()

    await js.subscribe("bench", cb=came, ordered_consumer=True)
    began = time.monotonic()
    entries = PARCELS if lines > 1 else PARCELS * 50
    for _ in range(entries):
        await gone.acquire()
        await nc.publish("bench", b"x" * (lines * ROW_BYTES))
    for _ in range(MAX_IN_FLIGHT if lines > 1 else MANY_FLYING):  # until all have come back
        await gone.acquire()
    took = time.monotonic() - began
    await nc.close()
    return entries * lines / took


def one_run(folder: Path, seconds: float) -> dict[str, float]:
    """Return all figures of one run."""
    found: dict[str, float] = {}
    with room(HERE_CORE) as server, two_nodes(folder) as (first, _):
        for in_flight in (32, 256):
            # In turns, or what else this machine does in a second would count for one and not for the other.
            turns = [
                (
                    load(folder, server, CLIENTS, in_flight, seconds / 2),
                    load(folder, first, CLIENTS, in_flight, seconds / 2),
                )
                for _ in range(TURNS)
            ]
            alone, node = (statistics.median(each["per_cpu_s"] for each in side) for side in zip(*turns, strict=True))
            found[f"per_cpu_s_{in_flight}"] = node / alone
            found[f"delivered_us_{in_flight}"] = 1e6 / node
            found[f"lines_per_s_{in_flight}"] = statistics.median(
                each["delivered_per_s"] / CLIENTS for _, each in turns
            )
            found[f"lost_{in_flight}"] = sum(each[kind] for _, each in turns for kind in WRONG)
    with room(HERE_CORE) as (port, _):
        found["p50_alone_ms"] = statistics.median(latencies(port, port)) * 1000
    with two_nodes(folder) as ((port, _), (other, _)):
        found["p50_ms"] = statistics.median(latencies(port, other)) * 1000
        found["p50_netcat_ms"] = statistics.median(by_netcat(port, other)) * 1000
    found |= throughput(folder, seconds)
    found["member_bytes"] = member_bytes(folder)
    for replicas in (1, 3):
        with engine(folder, replicas) as port:
            found[f"carried_{replicas}"] = asyncio.run(carried(port, replicas, MAX_ENTRY_INPUTS))
        with engine(folder, replicas) as port:
            found[f"parcels_{replicas}"] = asyncio.run(carried(port, replicas, 1))
    return found


FIGURES = (
    ("per_cpu_s_32", "100 clients of one node, 32 in flight: lines delivered per CPU-second, of a single server's"),
    ("per_cpu_s_256", "the same, 256 in flight"),
    ("lines_per_s_32", "lines/s committed there, 32 in flight"),
    ("lines_per_s_256", "the same, 256 in flight"),
    ("lines_per_s", "lines/s that both nodes commit and handle, from 10 clients of one, 512 in flight"),
    ("here_us", "CPU of the first node for each of these, µs, with its 10 clients"),
    ("there_us", "CPU of the other for each of these, µs, with its one client"),
    ("p50_alone_ms", "p50 from client to client of a single server, ms"),
    ("p50_ms", "p50 from a client of one node to a client of the other, ms"),
    ("p50_netcat_ms", "the same between two netcats (nc.openbsd), ms"),
    ("delivered_us_256", "CPU for each line delivered to one of 100 clients, 256 in flight, µs"),
    ("carried_1", "lines/s that a stream with one copy takes and gives back, in parcels of 512"),
    ("carried_3", "the same with three copies, all on this machine"),
    ("parcels_1", "the same with one copy, in parcels of one line, 256 in flight"),
    ("parcels_3", "the same with three copies"),
    ("member_bytes", "memory of a node for each member of another, bytes"),
)


def main() -> None:
    """Measure, print the medians, and write them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each load, warm-up included")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        runs = []
        for run in range(options.runs):
            runs.append(one_run(folder, options.seconds))
            print(f"run {run + 1} of {options.runs}: {runs[-1]}", file=sys.stderr, flush=True)
    medians = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    lost = sum(run[key] for run in runs for key in ("lost", "lost_32", "lost_256"))
    report = {"versions": versions(), "runs": options.runs, "lost": lost, "medians": medians}
    (RESULTS / "cluster.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"| figure | median of {options.runs} runs | from | to |\n| --- | --- | --- | --- |")
    for key, what in FIGURES:
        each = [run[key] for run in runs]
        print(f"| {what} | {' | '.join(f'{value:,.3g}' for value in (medians[key], min(each), max(each)))} |")
    print(f"| lines lost, doubled, out of order or broken, all runs | {lost:.0f} | | |")


if __name__ == "__main__":
    main()
