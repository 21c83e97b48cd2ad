"""The servers under test, and how each of them is started."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

HERE = Path(__file__).parent
SERVER_CORE, LOAD_CORE = "0", "1"
START_LIMIT = 10  # seconds until a server must answer
STOP_LIMIT = 20  # seconds until a terminated server is killed
SLOW_PEERS = 1000  # clients: above it, each join of an IRC channel notifies thousands, and ncat uses select(2)

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
    """A server under test: the protocol of its load, and its command with `{port}`, `{config}` and `{folder}`.

    `colour` is that of its bars in a plot, which leaves out servers that have none.
    """

    name: str
    protocol: str
    command: str
    config: str = ""
    most_clients: int = 10_000
    colour: str = ""

    @property
    def program(self) -> str:
        """The program that must be installed."""
        return next(word for word in self.command.split() if word != "env" and "=" not in word)


ROOM = f"{sys.executable} -m udpchat.app {{port}} --host 127.0.0.1 --log-level error"
# All limits are on, so that their cost is measured, but they are higher than the load. An earlier version ignores the
# variable, and would end because of an option that it does not know.
LIMITS = "--rate 1000000 --prefix-rate 1000000 --server-rate 1000000 --max-clients 20000"
UDPCHAT = f"env UDPCHAT_JOIN_RATE=1000000 {ROOM} {LIMITS}"
THIS, EARLIER, PER_LINE, REFERENCE = "udpchat", "udpchat before", "one datagram per line", "C reference"
OVER_TCP = "udpchat over TCP"
IRC_SERVERS = (
    Server(
        "InspIRCd", "irc", "inspircd --config={config} --nofork --runasroot", INSPIRCD, SLOW_PEERS, colour="#1f77b4"
    ),
    Server("ngircd", "irc", "ngircd -n -f {config}", NGIRCD, SLOW_PEERS, colour="#76b7e5"),
)
PROMPT = ", TCP_NODELAY"  # behind the name of an IRC server that has this option too, as udpchat has it
SERVERS = (
    Server(THIS, "udp", UDPCHAT, colour="#0b6e4f"),
    Server(OVER_TCP, "tcp", UDPCHAT, "", SLOW_PEERS, colour="#00b894"),
    Server("udpchat, portable", "udp", f"{UDPCHAT} --fan-out sendto", colour="#6bbf59"),
    Server(PER_LINE, "udp", f"{sys.executable} {HERE / 'one_per_line.py'} {{port}}", colour="#bbbbbb"),
    Server(REFERENCE, "udp", "{folder}/relay {port}", colour="#333333"),
    *IRC_SERVERS,
    *(
        attrs.evolve(
            each, name=each.name + PROMPT, colour="", command=f"env LD_PRELOAD={{folder}}/nodelay.so {each.command}"
        )
        for each in IRC_SERVERS
    ),
    Server("NATS", "nats", "nats-server -a 127.0.0.1 -p {port}", "", SLOW_PEERS, colour="#d95f02"),
    Server("ncat --chat", "ncat", "ncat -l 127.0.0.1 {port} --keep-open --chat -m 1100", "", 100, colour="#e6ab02"),
)


def free_port() -> int:
    """Return a port that was free a moment ago, for TCP and UDP."""
    with socket.socket() as stream:
        stream.bind(("127.0.0.1", 0))
        return int(stream.getsockname()[1])


def wait_until_up(server: Server, port: int) -> None:
    """Return when the server answers; raise TimeoutError if that takes longer than `START_LIMIT`."""
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


@contextmanager
def running(core: str, command: str, *, stdout: int = subprocess.DEVNULL) -> Iterator[subprocess.Popen[str]]:
    """Run a program on one core, and end it."""
    process = subprocess.Popen(
        ["taskset", "-c", core, *command.split()], stdout=stdout, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOP_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def room(command: str = UDPCHAT, core: str = SERVER_CORE) -> Iterator[tuple[int, int]]:
    """Run a server of this project; give its port and process once it listens.

    It prints how to join as soon as it listens.
    """
    port = free_port()
    with running(core, command.format(port=port), stdout=subprocess.PIPE) as process:
        if not (process.stdout and process.stdout.readline()):
            raise RuntimeError(command)
        yield port, process.pid
