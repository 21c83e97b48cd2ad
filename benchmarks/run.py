"""Measure udpchat and its peers in the same run, and write table and plots to benchmarks/results/.

usage: python benchmarks/run.py [--runs N] [--seconds S] [--clients 10,100] [--in-flight 1,32]
                               [--before DIR | --journal]

The server has one core and the load the other. Runs are interleaved: each server once for each scenario, then all over
again, so that a noisy moment of the machine hits all alike; medians are told. Traffic goes to 127.0.0.1 only.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import attrs

HERE = Path(__file__).parent
RESULTS = HERE / "results"
SERVER_CORE, LOAD_CORE = "0", "1"
LINE_BYTES = 64
START_LIMIT = 10  # seconds
SLOW_PEERS = 1000  # clients: beyond that each join of an IRC channel tells thousands, and ncat uses select(2)

INSPIRCD = """
<server name="bench.local" description="bench" network="bench"><admin name="b" nick="b" email="b@bench.local">
<bind address="127.0.0.1" port="{port}" type="clients"><pid file="{folder}/pid"><cloak>
<connect allow="*" timeout="60" pingfreq="3600" threshold="1000000000" commandrate="1000000000" fakelag="no"
 softsendq="1000000000" hardsendq="1000000000" recvq="100000000" localmax="20000" globalmax="20000" limit="20000"
 resolvehostnames="no" useident="no">
<performance softlimit="20000" netbuffersize="65534"><log method="file" type="*" level="none" target="/dev/null">
"""
NGIRCD = """
[Global]
Name = bench.local
Info = bench
Listen = 127.0.0.1
Ports = {port}
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxPenaltyTime = 0
PingTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
"""


@attrs.frozen
class Server:
    """A server under test: the load's protocol, and its command, in which `{port}` and the like are filled in."""

    name: str
    protocol: str
    command: str
    config: str = ""
    most_clients: int = 10_000

    @property
    def program(self) -> str:
        """What must be installed."""
        return self.command.split()[0]


ROOM = f"{sys.executable} -m udpchat.app {{port}} --host 127.0.0.1 --log-level error"
# All limits are on, so that they cost what they cost, but above what the load says.
UDPCHAT = f"{ROOM} --rate 1000000 --prefix-rate 1000000 --server-rate 1000000 --max-clients 20000"
EARLIER = "udpchat before"
SERVERS = (
    Server("udpchat", "udp", UDPCHAT),
    Server("udpchat, portable", "udp", f"{UDPCHAT} --fan-out sendto"),
    Server("one datagram per line", "udp", f"{sys.executable} {HERE / 'one_per_line.py'} {{port}}"),
    Server("C reference", "udp", "{folder}/relay {port}"),
    Server("InspIRCd", "irc", "inspircd --config={config} --nofork --runasroot", INSPIRCD, SLOW_PEERS),
    Server("ngircd", "irc", "ngircd -n -f {config}", NGIRCD, SLOW_PEERS),
    Server("NATS", "nats", "nats-server -a 127.0.0.1 -p {port}", "", SLOW_PEERS),
    Server("ncat --chat", "ncat", "ncat -l 127.0.0.1 {port} --keep-open --chat -m 1100", "", 100),
)


def numbers(text: str) -> list[int]:
    """Return the numbers in a list with commas."""
    return [int(part) for part in text.split(",")]


def free_port() -> int:
    """Return a port that was free a moment ago, for both protocols."""
    with socket.socket() as stream:
        stream.bind(("127.0.0.1", 0))
        return int(stream.getsockname()[1])


def wait_until_up(server: Server, port: int) -> None:
    """Return when the server answers."""
    end = time.monotonic() + START_LIMIT
    while time.monotonic() < end:
        kind = socket.SOCK_DGRAM if server.protocol == "udp" else socket.SOCK_STREAM
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.settimeout(0.1)
            try:
                probe.connect(("127.0.0.1", port))
                if server.protocol == "udp":
                    probe.send(b"/help\n")
                    probe.recv(9000)
                    probe.send(b"/quit\n")
            except OSError:
                time.sleep(0.05)
            else:
                return
    raise TimeoutError(server.name)


def resident(pid: int) -> int:
    """Return a process's resident memory in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measure(server: Server, folder: Path, clients: int, in_flight: int, seconds: float) -> dict[str, Any] | None:
    """Start a server, load it, end it; return what was measured, or None if it did not bear it."""
    port = free_port()
    config = folder / "config"
    config.write_text(server.config.format(port=port, folder=folder), encoding="utf-8")
    config.chmod(0o644)
    command = server.command.format(port=port, config=config, folder=folder).split()
    process = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until_up(server, port)
        before = resident(process.pid)
        load = [str(folder / "load"), server.protocol, str(port), str(clients), str(in_flight), str(LINE_BYTES)]
        done = subprocess.run(
            ["taskset", "-c", LOAD_CORE, *load, str(seconds), str(process.pid)],
            capture_output=True,
            check=True,
            text=True,
            timeout=120,
        )
        after = resident(process.pid)
    except (subprocess.SubprocessError, OSError) as exc:
        print(f"  {server.name} with {clients} clients, {in_flight} in flight: {exc} {getattr(exc, 'stderr', '')}")
        return None
    finally:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    found: dict[str, Any] = json.loads(done.stdout)
    found["per_cpu_s"] = found["delivered_per_s"] * found["took_s"] / found["cpu_s"] if found["cpu_s"] else 0
    found["bytes_per_client"] = (after - before) / clients
    return found


def build(folder: Path) -> None:
    """Compile the load and the reference."""
    for name in ("load", "relay"):
        subprocess.run(["cc", "-O2", "-pthread", "-o", folder / name, HERE / f"{name}.c"], check=True)


def versions() -> dict[str, str]:
    """Return what is measured, and on what."""
    asked = {
        "InspIRCd": ["inspircd", "--version"],
        "ngircd": ["ngircd", "--version"],
        "NATS": ["nats-server", "--version"],
        "ncat": ["ncat", "--version"],
        "commit": ["git", "-C", str(HERE), "describe", "--always", "--dirty"],
    }
    told = {"machine": f"{cpu_model()}, {os.cpu_count()} cores", "system": f"{platform.system()} {platform.release()}"}
    told["Python"] = platform.python_version()
    for name, command in asked.items():
        if shutil.which(command[0]):
            done = subprocess.run(command, capture_output=True, check=False, text=True)
            told[name] = (done.stdout + done.stderr).strip().splitlines()[0]
        else:
            told[name] = "missing"
    return told


def cpu_model() -> str:
    """Return the processor's name."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def main() -> None:
    """Run all and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=5, help="times each is measured")
    parser.add_argument("--seconds", type=float, default=1.2, help="of each measurement, warm-up included")
    parser.add_argument("--clients", type=numbers, default=[10, 100, 1000, 10_000])
    parser.add_argument("--in-flight", type=numbers, default=[1, 32, 256])
    parser.add_argument("--before", help="folder of a checkout of an earlier commit, to compare with that alone")
    parser.add_argument("--no-limits", action="store_true", help="that commit had none yet")
    parser.add_argument("--journal", action="store_true", help="compare the server with a journal and without, alone")
    options = parser.parse_args()
    servers = SERVERS
    if options.journal:
        servers = (Server("with a journal", "udp", f"{UDPCHAT} --journal {{folder}}/{{port}}.journal"), SERVERS[0])
    if options.before:
        command = f"env PYTHONPATH={Path(options.before).resolve()}/src {ROOM if options.no_limits else UDPCHAT}"
        servers = (SERVERS[0], Server(EARLIER, "udp", command))
    found: list[dict[str, Any]] = []
    missing = [server.name for server in servers if "{" not in server.program and not shutil.which(server.program)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        ceiling = json.loads(
            subprocess.run(
                ["taskset", "-c", LOAD_CORE, folder / "load", "self", "0", "100", "1", str(LINE_BYTES), "2", "0"],
                capture_output=True,
                check=True,
                text=True,
                timeout=60,
            ).stdout
        )["delivered_per_s"]
        for run in range(options.runs):
            for clients in options.clients:
                for in_flight in options.in_flight:
                    print(f"run {run + 1} of {options.runs}: {clients} clients, {in_flight} in flight", flush=True)
                    for server in servers:
                        if server.name in missing or clients > server.most_clients:
                            continue
                        result = measure(server, folder, clients, in_flight, options.seconds)
                        if result:
                            scenario = {"server": server.name, "clients": clients, "in_flight": in_flight}
                            found.append({**scenario, **result})
    if options.before or options.journal:
        compare(medians(found))
        return
    RESULTS.mkdir(exist_ok=True)
    report = {"versions": versions(), "missing": missing, "runs": options.runs, "ceiling": ceiling}
    report["medians"] = medians(found)
    (RESULTS / "results.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    subprocess.run([sys.executable, HERE / "report.py"], check=True)


def compare(rows: list[dict[str, Any]]) -> None:
    """Print how each first server does against the second: this commit against an earlier one, or so."""
    print(
        "| clients | in flight | lines/s | compared with | ratio "
        "| per CPU-second, ratio | p50, ratio | p50 more, µs | lost |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for now, before in zip(rows[::2], rows[1::2], strict=True):
        ratios = " | ".join(f"{now[key] / before[key]:.2f}" for key in ("delivered_per_s", "per_cpu_s", "p50_us"))
        figures = f"{now['delivered_per_s']:,.0f} | {before['delivered_per_s']:,.0f} | {ratios}"
        later = now["p50_us"] - before["p50_us"]
        print(f"| {now['clients']:,} | {now['in_flight']} | {figures} | {later:.0f} | {now['lost']} |")


def medians(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the median of each figure for each server and scenario; of what must not happen, the sum."""
    rows: dict[tuple[str, int, int], list[dict[str, Any]]] = {}
    for result in found:
        rows.setdefault((result["server"], result["clients"], result["in_flight"]), []).append(result)
    faults = ("lost", "doubled", "disordered", "broken", "lost_joining")
    return [
        {"server": server, "clients": clients, "in_flight": in_flight, "runs": len(results)}
        | {key: statistics.median(each[key] for each in results) for key in results[0] if key not in scenario_keys}
        | {key: sum(each[key] for each in results) for key in faults}
        for (server, clients, in_flight), results in rows.items()
        for scenario_keys in [{"server", "clients", "in_flight", *faults}]
    ]


if __name__ == "__main__":
    main()
