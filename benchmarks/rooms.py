"""Measure what a line costs where people talk in one room, in 10 and in 100: `python benchmarks/rooms.py`.

Each room has 100 clients on 127.0.0.1. All rooms talk at once: in each round, 16 clients of every room say a line, and
the next round begins when a listener in every room has them all. In half of the measurements, half of the clients read
names in colour, so that everything is rendered twice. The server runs as users run it, on a core of its own, but with
limits above the load. The cost is its processor time for each line delivered to a client; the table compares it with
that of one room in the same pass. What a listener does not receive within 2 s counts as lost.
"""

from __future__ import annotations

import argparse
import os
import resource
import select
import socket
import statistics
import time
from collections.abc import Sequence
from itertools import islice

import attrs
from cluster import cpu
from peers.measure import LINE_BYTES
from peers.servers import LOAD_CORE, UDPCHAT, room

MEMBERS, SPEAKERS = 100, 16
PATIENCE = 2.0  # seconds
JOINING = 64  # clients that join at once
SERVER = f"{UDPCHAT} --max-rooms 1000"


@attrs.define(eq=False)
class Place:
    """A room: its clients; the last of them is the listener."""

    name: str
    clients: list[socket.socket]


@attrs.frozen
class Cost:
    """Seconds of the server's processor for a delivered line, lines delivered in a second, and lines lost."""

    seconds: float
    per_s: float
    lost: int


def client(port: int) -> socket.socket:
    """Return a socket that is connected to the server."""
    found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    found.connect(("127.0.0.1", port))
    found.settimeout(0)
    return found


def drain(clients: Sequence[socket.socket]) -> int:
    """Read all that waits; return how many line ends it has."""
    lines = 0
    for each in clients:
        try:
            while True:
                lines += each.recv(9000).count(b"|\n")
        except BlockingIOError:
            pass
    return lines


def enter(places: Sequence[Place], *, in_color: bool) -> None:
    """Let all clients join, and go to their rooms."""
    waiting = iter([(place, number, each) for place in places for number, each in enumerate(place.clients)])
    while batch := list(islice(waiting, JOINING)):
        for place, number, each in batch:
            look = b"/color on\n" if in_color and number % 2 else b""
            each.send(f"/join {place.name}\n".encode() + look)
            each.settimeout(PATIENCE)
            each.recv(9000)
            each.settimeout(0)
        for place in places:
            drain(place.clients)
    time.sleep(0.5)
    for place in places:
        drain(place.clients)


def talk(places: Sequence[Place], seconds: float, pid: int) -> Cost:
    """Let all rooms talk for some seconds."""
    listeners = {place.clients[-1].fileno(): place.clients[-1] for place in places}
    poll = select.epoll()
    for number in listeners:
        poll.register(number, select.EPOLLIN)
    line = b"x" * (LINE_BYTES - 2) + b"|\n"
    began, before, said, lost, turn = time.perf_counter(), cpu(pid), 0, 0, 0
    while time.perf_counter() - began < seconds:
        for place in places:
            for number in range(SPEAKERS):
                place.clients[(turn + number) % (MEMBERS - 1)].send(line)
        turn, missing = turn + SPEAKERS, SPEAKERS * len(places)
        said += missing
        while missing and (ready := poll.poll(PATIENCE)):
            missing -= drain([listeners[number] for number, _ in ready])
        lost += missing
        for place in places:
            drain(place.clients[:-1])
    took, used = time.perf_counter() - began, cpu(pid) - before
    poll.close()
    delivered = (said - lost) * MEMBERS
    return Cost(used / delivered, delivered / took, lost)


def measured(rooms: int, seconds: float, *, in_color: bool) -> Cost:
    """Run a server with so many rooms, and measure it."""
    with room(SERVER) as (port, pid):
        places = [Place(f"room{number}", [client(port) for _ in range(MEMBERS)]) for number in range(rooms)]
        try:
            enter(places, in_color=in_color)
            talk(places, seconds / 4, pid)
            return talk(places, seconds, pid)
        finally:
            for place in places:
                for each in place.clients:
                    each.close()


def main() -> None:
    """Measure all numbers of rooms in turns, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rooms", default="1,10,100", help="numbers of rooms, the first is compared with")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    numbers = [int(each) for each in options.rooms.split(",")]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    print("| rooms of 100 | looks | lines delivered/s | us of the server for a line | of one room | lost |")
    print(f"|{' --- |' * 6}")
    for in_color in (False, True):
        costs: dict[int, list[Cost]] = {number: [] for number in numbers}
        for _ in range(options.runs):
            for number in numbers:
                costs[number].append(measured(number, options.seconds, in_color=in_color))
        for number in numbers:
            each = costs[number]
            ratio = statistics.median(
                cost.seconds / one.seconds for cost, one in zip(each, costs[numbers[0]], strict=True)
            )
            figures = [
                str(number),
                "half in colour" if in_color else "plain",
                f"{statistics.median(cost.per_s for cost in each):,.0f}",
                f"{statistics.median(cost.seconds for cost in each) * 1e6:.3f}",
                f"{ratio:.2f}",
                str(sum(cost.lost for cost in each)),
            ]
            print(f"| {' | '.join(figures)} |", flush=True)


if __name__ == "__main__":
    main()
