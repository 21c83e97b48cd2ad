"""Measure how long newcomers hold up the lines of members: `python benchmarks/newcomers.py`.

200 newcomers send a line each, every one from a socket of its own. Right behind them a member sends a line. Measured is
the time from then until another member, the last one that joined, reads that line. The same is measured behind 200
lines of members. Both alternate in each run, in the same room; the figures are medians. The server runs on one core and
the load on the other. Its limits are higher than the load, so that it refuses no join and no line.

Traffic stays on 127.0.0.1.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import statistics
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from itertools import cycle, islice

import attrs
from peers.servers import LOAD_CORE, UDPCHAT, room

BEFORE = 200  # lines before the measured one
JOINING = 64  # clients that join at once: their datagrams fit into the receive buffer of the server
READER_BUFFER = 4 << 20  # bytes
LIMIT = 120.0  # seconds until an answer must have come
COMMAND = f"{UDPCHAT} --code-rate 0"


@attrs.define(eq=False)
class Crowd:
    """Members of a room on `port`. They read nothing during a measurement, except `reader`, the last one.

    The default receive buffer of a socket holds the answers to more than `BEFORE` lines, in a datagram each.
    """

    port: int
    sockets: list[socket.socket] = attrs.field(factory=list, init=False)

    @property
    def reader(self) -> socket.socket:
        """The member that reads the measured lines."""
        return self.sockets[-1]

    def open(self, number: int) -> list[socket.socket]:
        """Return new clients, which have sent nothing yet."""
        clients = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(number)]
        for client in clients:
            client.connect(("127.0.0.1", self.port))
        return clients

    def join(self, number: int) -> None:
        """Let new members join."""
        clients = self.open(number)
        clients[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, READER_BUFFER)
        self.sockets.append(clients[-1])
        for start in range(0, number, JOINING):
            for client in clients[start : start + JOINING]:
                client.send(b"\n")
            self.wait()
        self.sockets[:] = clients

    def wait(self) -> None:
        """Wait until the server has handled everything that was sent; it handles datagrams in their order."""
        self.reader.send(b"/help\n")
        self.read(b"/help")

    def read(self, part: bytes) -> None:
        """Read until a datagram has this part; raise TimeoutError if none has in time."""
        self.reader.settimeout(LIMIT)
        while part not in self.reader.recv(9000):
            pass

    def drain(self) -> None:
        """Read everything that has come."""
        for client in self.sockets:
            drain(client)

    def measure(self, senders: Iterable[socket.socket], number: int) -> float:
        """Return the seconds that a line takes behind one line of each sender."""
        line = b"the measured line %d\n" % number
        for sender in senders:
            sender.send(b"a line before it\n")
        began = time.perf_counter()
        self.sockets[0].send(line)
        self.read(line)
        return time.perf_counter() - began

    def behind_newcomers(self, number: int) -> float:
        """Return the seconds that a line takes behind those of newcomers, who leave afterwards."""
        newcomers = self.open(BEFORE)
        took = self.measure(newcomers, number)
        for newcomer in newcomers:
            newcomer.send(b"/quit\n")
        self.wait()
        for newcomer in newcomers:
            newcomer.close()
        self.drain()
        return took

    def behind_members(self, number: int) -> float:
        """Return the seconds that a line takes behind those of members, each as many as the others or one more."""
        took = self.measure(islice(cycle(self.sockets[1:-1]), BEFORE), number)
        self.wait()
        self.drain()
        return took


def drain(client: socket.socket) -> None:
    """Read everything that a client has received."""
    client.settimeout(0)
    try:
        while True:
            client.recv(1)  # the rest of the datagram is dropped
    except BlockingIOError:
        pass


def measure(members: int, runs: int) -> str:
    """Return a row of the table."""
    with room(COMMAND) as (port, _), ExitStack() as stack:
        crowd = Crowd(port)
        crowd.join(members)
        for client in crowd.sockets:
            stack.enter_context(client)
        crowd.behind_members(-1)  # so that all caches are warm
        pairs = [(crowd.behind_members(2 * run), crowd.behind_newcomers(2 * run + 1)) for run in range(runs)]
    behind_members, behind_newcomers = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    ratio = statistics.median(newcomers / of_members for of_members, newcomers in pairs)
    return f"| {members:,} | {behind_members:,.1f} | {behind_newcomers:,.1f} | {ratio:.1f} |"


def numbers(text: str) -> Sequence[int]:
    """Return the numbers of a list with commas."""
    return [int(part) for part in text.split(",")]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--members", type=numbers, default=[100, 1000, 9000])
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    print(f"| members | behind {BEFORE} lines of members, ms | behind {BEFORE} lines of newcomers, ms | ratio |")
    print("| --- | --- | --- | --- |")
    for members in options.members:
        print(measure(members, options.runs), flush=True)


if __name__ == "__main__":
    main()
