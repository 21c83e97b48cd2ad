"""Measure a room on two nodes beside a room on a single server, in the same run: `python benchmarks/cluster.py`.

Needs Debian's nats-server. The nodes run as users run them, but with limits above the load. Node a has core 0,
everything else core 1. The figures are printed as a table and written to benchmarks/results/cluster.json, from which
`benchmarks/scaling.py` computes its own. Traffic stays on 127.0.0.1. Each figure takes some seconds.
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

import nats
from peers.measure import LINE_BYTES, Load, build, resident, versions
from peers.servers import LOAD_CORE, UDPCHAT, Server, free_port, room, running, wait_until_up

from udpchat.adapters.nats.replication.entries import MAX_ENTRY_INPUTS
from udpchat.adapters.nats.replication.publish_queue import MAX_IN_FLIGHT

RESULTS = Path(__file__).parent / "results"
TICKS = os.sysconf("SC_CLK_TCK")
CLIENTS = 100
TURNS = 6  # loads of the single server and of the node, for the one figure that compares their cost
FAULTS = ("lost", "doubled", "disordered", "broken")  # of lines
LATENCY_LINES = 400  # lines measured for one latency
ENTRIES, ROW_BYTES, MANY_IN_FLIGHT = 400, 140, 256  # of a bare stream; a row holds a line, its address and its time
MANY = 10_000  # members, for the memory that one member of another node takes


@contextmanager
def nats_servers(folder: Path, servers: int = 1) -> Iterator[int]:
    """Run NATS servers with JetStream; give the port of the last."""
    ports, routes = [free_port() for _ in range(servers)], [free_port() for _ in range(servers)]
    others = ",".join(f"nats://127.0.0.1:{port}" for port in routes)
    with ExitStack() as stack:
        for port, route in zip(ports, routes, strict=True):
            together = f"-n {port} -cluster_name bench -cluster nats://127.0.0.1:{route} -routes {others}"
            command = f"nats-server -js -a 127.0.0.1 -p {port} -sd {folder}/{port}"
            stack.enter_context(running(LOAD_CORE, f"{command} {together if servers > 1 else ''}"))
        for port in ports:
            wait_until_up(Server("NATS", "nats", ""), port)
        yield port


@contextmanager
def two_nodes(folder: Path) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Run a NATS server and two nodes; give port and process of each."""
    with nats_servers(folder) as port:
        node = f"{UDPCHAT} --cluster nats://127.0.0.1:{port} --node"
        with room(f"{node} a") as here, room(f"{node} b", LOAD_CORE) as there:
            yield here, there


def cpu(pid: int) -> float:
    """Return the processor time that a process has used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def member(port: int) -> socket.socket:
    """Return a client that is in the room."""
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    client.connect(("127.0.0.1", port))
    client.settimeout(5)
    client.send(b"/enter now\n")
    client.recv(9000)
    return client


def latencies(one: int, other: int) -> Sequence[float]:
    """Return the seconds that lines take from a client of one server to a client of another."""
    with member(one) as here, member(other) as there:
        taken = []
        for number in range(LATENCY_LINES):
            line = f"line {number}\n".encode()
            began = time.perf_counter()
            here.send(line)
            while line not in there.recv(9000):  # there may be a line that somebody left
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
            for number in range(LATENCY_LINES):
                line = f"line {number}\n".encode()
                began = time.perf_counter()
                os.write(here.stdin.fileno(), line)  # type: ignore[union-attr]
                while line not in os.read(there.stdout.fileno(), 9000):  # type: ignore[union-attr]
                    pass
                taken.append(time.perf_counter() - began)
                time.sleep(0.002)
            return taken
        finally:
            here.kill()
            there.kill()


def count_lines(listener: socket.socket, process: subprocess.Popen[str]) -> int:
    """Return how many lines of the load a client receives until the load has ended and a second of silence passed."""
    received = 0
    listener.settimeout(0)
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        quiet_until = 0.0
        while process.poll() is None or time.monotonic() < quiet_until:
            for _ in selector.select(0.2):
                quiet_until = time.monotonic() + 1.0
                while True:
                    try:
                        received += listener.recv(9000).count(b"|")
                    except BlockingIOError:
                        break
    return received


def throughput(folder: Path, seconds: float) -> dict[str, float]:
    """Return how many lines a second both nodes commit and handle; the one client of the second node counts them."""
    with two_nodes(folder) as ((port, pid), (other, other_pid)), member(other) as listener:
        before = cpu(pid), cpu(other_pid)
        command = f"{folder}/load udp {port} 10 512 {LINE_BYTES} {seconds} {pid}"
        with running(LOAD_CORE, command, stdout=subprocess.PIPE) as process:
            received = count_lines(listener, process)
            found = json.loads(process.stdout.read()) if process.stdout else {}
        used = cpu(pid) - before[0], cpu(other_pid) - before[1]
    return {
        "lines_per_s": found["delivered_per_s"] / 10,
        "heard_there": received,
        "here_us": used[0] / received * 1e6,
        "there_us": used[1] / received * 1e6,
        "lost": found["lost"],
    }


def member_bytes(folder: Path) -> float:
    """Return the memory that one member of another node takes."""
    with two_nodes(folder) as (here, (_, other_pid)):
        before = resident(other_pid)
        Load("udp", MANY, 1, 1.0).run(folder, *here)
        time.sleep(1.0)
        return (resident(other_pid) - before) / MANY


async def stream_rate(port: int, replicas: int, lines: int) -> float:
    """Return how many lines a second a stream accepts and delivers, in entries of `lines` lines."""
    nc = await nats.connect(f"nats://127.0.0.1:{port}")
    js = nc.jetstream()
    end = time.monotonic() + 20
    while True:
        try:
            await js.add_stream(name="bench", subjects=["bench"], num_replicas=replicas)
            break
        except nats.errors.Error:  # three servers take a while to elect a leader
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.2)
    most = MAX_IN_FLIGHT if lines > 1 else MANY_IN_FLIGHT
    free = asyncio.Semaphore(most)

    async def delivered(_: object) -> None:
        free.release()

    await js.subscribe("bench", cb=delivered, ordered_consumer=True)
    began = time.monotonic()
    entries = ENTRIES if lines > 1 else ENTRIES * 50
    for _ in range(entries):
        await free.acquire()
        await nc.publish("bench", b"x" * (lines * ROW_BYTES))
    for _ in range(most):  # until all have been delivered
        await free.acquire()
    took = time.monotonic() - began
    await nc.close()
    return entries * lines / took


def one_run(folder: Path, seconds: float) -> dict[str, float]:
    """Return all figures of one run."""
    found: dict[str, float] = {}
    with room() as server, two_nodes(folder) as (first, _):
        for in_flight in (32, 256):
            load = Load("udp", CLIENTS, in_flight, seconds / 2)
            # Both are loaded in turns, so that other work of the machine disturbs both alike.
            turns = [[load.run(folder, *each) for each in (server, first)] for _ in range(TURNS)]
            alone, node = (statistics.median(each["per_cpu_s"] for each in side) for side in zip(*turns, strict=True))
            lines = statistics.median(loaded["delivered_per_s"] / CLIENTS for _, loaded in turns)
            found[f"per_cpu_s_{in_flight}"] = node / alone
            found[f"delivered_us_{in_flight}"] = 1e6 / node
            found[f"lines_per_s_{in_flight}"] = lines
            found[f"lost_{in_flight}"] = sum(loaded[fault] for _, loaded in turns for fault in FAULTS)
    with room() as (port, _):
        found["p50_alone_ms"] = statistics.median(latencies(port, port)) * 1000
    with two_nodes(folder) as ((port, _), (other, _)):
        found["p50_ms"] = statistics.median(latencies(port, other)) * 1000
        found["p50_netcat_ms"] = statistics.median(by_netcat(port, other)) * 1000
    found |= throughput(folder, seconds)
    found["member_bytes"] = member_bytes(folder)
    for replicas in (1, 3):
        with nats_servers(folder, replicas) as port:
            found[f"carried_{replicas}"] = asyncio.run(stream_rate(port, replicas, MAX_ENTRY_INPUTS))
        with nats_servers(folder, replicas) as port:
            found[f"entries_{replicas}"] = asyncio.run(stream_rate(port, replicas, 1))
    return found


FIGURES = (
    ("per_cpu_s_32", "a node with 100 clients, 32 in flight: lines per CPU-second, against those of a single server"),
    ("per_cpu_s_256", "the same, 256 in flight"),
    ("lines_per_s_32", "lines/s committed there, 32 in flight"),
    ("lines_per_s_256", "the same, 256 in flight"),
    ("lines_per_s", "lines/s that both nodes commit and handle, from 10 clients of one node, 512 in flight"),
    ("here_us", "CPU of the first node for each of these lines, µs, with its 10 clients"),
    ("there_us", "CPU of the other node for each of these lines, µs, with its one client"),
    ("p50_alone_ms", "p50 from client to client of a single server, ms"),
    ("p50_ms", "p50 from a client of one node to a client of the other, ms"),
    ("p50_netcat_ms", "the same between two netcats (nc.openbsd), ms"),
    ("delivered_us_256", "CPU for each line delivered to one of 100 clients, 256 in flight, µs"),
    ("carried_1", "lines/s that a stream with one replica accepts and delivers, in entries of 512 lines"),
    ("carried_3", "the same with three replicas, all on this machine"),
    ("entries_1", "the same with one replica, in entries of one line, 256 in flight"),
    ("entries_3", "the same with three replicas"),
    ("member_bytes", "memory of a node for each member of another node, bytes"),
)


def main() -> None:
    """Measure; print the medians and write them."""
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
    for key, figure in FIGURES:
        each = [run[key] for run in runs]
        print(f"| {figure} | {' | '.join(f'{value:,.3g}' for value in (medians[key], min(each), max(each)))} |")
    print(f"| lines lost, doubled, out of order or broken, all runs | {lost:.0f} | | |")


if __name__ == "__main__":
    main()
