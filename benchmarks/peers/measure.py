"""Measure one server under load."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

import attrs
from peers.servers import LOAD_CORE, SERVER_CORE, Server, free_port, running, wait_until_up

SOURCES = Path(__file__).parents[1]
LINE_BYTES = 64  # of each line that the load sends


def build(folder: Path) -> None:
    """Compile the load, the C reference, and what sets an option for other servers."""
    for name in ("load", "relay"):
        subprocess.run(["cc", "-O2", "-pthread", "-o", folder / name, SOURCES / f"{name}.c"], check=True)
    shared = ["-O2", "-shared", "-fPIC", "-o", folder / "nodelay.so", SOURCES / "peers" / "nodelay.c"]
    subprocess.run(["cc", *shared], check=True)


def resident(pid: int) -> int:
    """Return the resident memory of a process, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@attrs.frozen
class Load:
    """A load, by its protocol: so many clients, lines in flight, and seconds."""

    protocol: str
    clients: int
    in_flight: int
    seconds: float

    def run(self, folder: Path, port: int, pid: int) -> dict[str, Any]:
        """Put the server with this port and process under load.

        Return the figures that `load.c` prints, and the lines delivered in each CPU-second of the server. Raise
        SubprocessError if the load fails.
        """
        arguments = [self.protocol, port, self.clients, self.in_flight, LINE_BYTES, self.seconds, pid]
        done = subprocess.run(
            ["taskset", "-c", LOAD_CORE, folder / "load", *map(str, arguments)],
            capture_output=True,
            check=True,
            text=True,
            timeout=120,
        )
        found: dict[str, Any] = json.loads(done.stdout)
        found["per_cpu_s"] = found["delivered_per_s"] * found["took_s"] / found["cpu_s"] if found["cpu_s"] else 0
        return found


def ceiling(folder: Path) -> float:
    """Return how many lines a second the load receives from a C program on the other core."""
    return float(Load("self", 100, 1, 2).run(folder, 0, 0)["delivered_per_s"])


def measure(server: Server, folder: Path, load: Load) -> dict[str, Any] | None:
    """Start a server, load it, and end it; return the figures, or None if the server or the load failed."""
    port = free_port()
    config = folder / "config"
    config.write_text(server.config.format(port=port, folder=folder), encoding="utf-8")
    config.chmod(0o644)
    try:
        with running(SERVER_CORE, server.command.format(port=port, config=config, folder=folder)) as process:
            wait_until_up(server, port)
            before = resident(process.pid)
            found = load.run(folder, port, process.pid)
            found["bytes_per_client"] = (resident(process.pid) - before) / load.clients
    except (subprocess.SubprocessError, OSError) as exc:
        print(f"  {server.name}, {load}: {exc} {getattr(exc, 'stderr', '')}")
        return None
    return found


def versions() -> dict[str, str]:
    """Return the machine, and the version of each program under test."""
    commands = {
        "InspIRCd": ["inspircd", "--version"],
        "ngircd": ["ngircd", "--version"],
        "NATS": ["nats-server", "--version"],
        "ncat": ["ncat", "--version"],
        "commit": ["git", "-C", str(SOURCES), "describe", "--always", "--dirty"],
    }
    found = {"machine": f"{cpu_model()}, {os.cpu_count()} cores", "system": f"{platform.system()} {platform.release()}"}
    found["Python"] = platform.python_version()
    for name, command in commands.items():
        if shutil.which(command[0]):
            done = subprocess.run(command, capture_output=True, check=False, text=True)
            found[name] = (done.stdout + done.stderr).strip().splitlines()[0]
        else:
            found[name] = "missing"
    return found


def cpu_model() -> str:
    """Return the name of the processor."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
