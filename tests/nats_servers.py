"""NATS servers with JetStream, as processes that a test can kill: one alone, or several that are one cluster."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import SystemRandom
from typing import Any

import attrs

from tests.app.clients.processes import needs
from tests.waiting import until

PORTS = range(20_000, 32_000)  # the kernel assigns none of these, so the port of a dead server stays free
LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Return ports on which no program listens."""
    found: list[int] = []
    with ExitStack() as stack:
        while len(found) < count:
            probe = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            port = SystemRandom().choice(PORTS)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            found.append(port)
    return found


@attrs.define(eq=False)
class NatsServer:
    """One nats-server, which listens on `port`, and for monitoring on `monitor`. A restart keeps its ports and files.

    `inside` is the beginning of a command that runs the server on another host.
    """

    folder: Path
    name: str
    port: int
    monitor: int
    more: Sequence[str] = ()
    address: str = LOOPBACK
    inside: Sequence[str] = ()
    process: subprocess.Popen[bytes] | None = attrs.field(default=None, init=False)

    @property
    def url(self) -> str:
        """The server's address, as `--cluster` takes it."""
        return f"nats://{self.address}:{self.port}"

    def start(self) -> None:
        """Start the server, without waiting until it serves."""
        command = [*self.inside, "nats-server", "--jetstream", "--store_dir", str(self.folder / self.name)]
        command += ["--addr", self.address, "--port", str(self.port), "--http_port", str(self.monitor)]
        command += ["--server_name", self.name, "--log", str(self.folder / f"{self.name}.log"), *self.more]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        """End the server as a crash does."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def hang(self) -> None:
        """Stop the process: it keeps its connections, and does nothing."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)
        threads = Path(f"/proc/{self.process.pid}/task")
        until(lambda: {_state(each) for each in threads.iterdir()} == {"T"})  # stopped: proc(5)

    def go_on(self) -> None:
        """Continue the process after `hang`."""
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def monitored(self, path: str) -> dict[str, Any]:
        """Return a page of the server's monitoring, an empty one if it does not answer."""
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{self.monitor}/{path}", timeout=5) as answer:
                page: dict[str, Any] = json.load(answer)
        except OSError:
            return {}
        return page

    @property
    def started(self) -> bool:
        """Whether the server serves, by its log."""
        log = self.folder / f"{self.name}.log"
        return log.exists() and "Server is ready" in log.read_text(encoding="utf-8")

    @property
    def healthy(self) -> bool:
        """Whether the server serves, and has caught up with the others."""
        return self.monitored("healthz").get("status") == "ok"


def _state(thread: Path) -> str:
    return (thread / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


@attrs.define(eq=False)
class NatsCluster:
    """All servers of one NATS cluster."""

    each: Sequence[NatsServer]

    @property
    def urls(self) -> str:
        """The addresses, as `--cluster` takes them."""
        return ",".join(server.url for server in self.each)

    def ready(self) -> None:
        """Wait until all servers serve, and have elected a leader."""

        def ready() -> bool:
            leaders = [server.monitored("jsz").get("meta_cluster", {}).get("leader") for server in self.each]
            return all(server.healthy for server in self.each) and (len(leaders) == 1 or all(leaders))

        until(ready, lambda: [server.monitored("healthz") for server in self.each])

    def leader(self, cluster: str) -> NatsServer | None:
        """Return the leader of a cluster's stream; None while there is none."""
        streams = [
            stream
            for server in self.each
            for account in server.monitored("jsz?streams=true").get("account_details", ())
            for stream in account.get("stream_detail", ())
            if stream["name"] == f"udpchat-{cluster}" and stream.get("cluster", {}).get("leader") == server.name
        ]
        name = streams[0]["cluster"]["leader"] if len(streams) == 1 else None
        return next((server for server in self.each if server.name == name), None)


@contextmanager
def nats_cluster(folder: Path, *more: str, count: int = 1) -> Iterator[NatsCluster]:
    """Run `count` servers as one cluster; `more` are arguments of each."""
    needs("nats-server")
    names = [f"nats{number}" for number in range(1, count + 1)]
    ports = free_ports(3 * count)
    clients, monitors, routes = (ports[part * count : (part + 1) * count] for part in range(3))
    if count > 1:
        urls = ",".join(f"nats://{LOOPBACK}:{port}" for port in routes)
        arguments = [
            (*more, "--cluster_name", "tests", "--cluster", f"nats://{LOOPBACK}:{port}", "--routes", urls)
            for port in routes
        ]
    else:
        arguments = [more]
    servers = NatsCluster(list(map(NatsServer, [folder] * count, names, clients, monitors, arguments)))
    try:
        for server in servers.each:
            server.start()
        servers.ready()
        yield servers
    finally:
        for server in servers.each:
            server.kill()
