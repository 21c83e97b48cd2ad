"""What a flood does to a pair that chats, and how soon a ghost leaves: `python benchmarks/hostile.py`.

Everything is on 127.0.0.1, and ends by itself.

The flood: one client sends 50,000 lines a second, each in a datagram of its own, while two others say a line in turn,
one every tenth of a second, and hear each other's. Without the flood and with it, in turn: how long a line takes from
the one to the other, how many are lost, and how much of the flood was let through.

The ghosts: a client closes its socket without a word; how long after the next line of another does that one hear of it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

FLOOD = 50_000  # datagrams/s
BURST = 100  # datagrams sent between two looks at the clock
PAUSE = 0.1  # seconds from one line of the pair to the next
LIMIT = 1.0  # seconds after which a line counts as lost


def flood(port: int, seconds: float) -> int:
    """Send at the rate of the flood, or as near as this machine comes; return how many were sent."""
    sent, began = 0, time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", port))
        while (passed := time.monotonic() - began) < seconds:
            if sent > passed * FLOOD:
                time.sleep(0.0005)
                continue
            for _ in range(BURST):
                sock.send(b"flood\n")
            sent += BURST
    return sent


def _flood(port: int, seconds: float, sent: multiprocessing.Queue[int]) -> None:
    sent.put(flood(port, seconds))


def heard(sock: socket.socket, line: bytes, floods: list[int]) -> bool:
    """Wait until a line comes; note how much of the flood came before it."""
    end = time.monotonic() + LIMIT
    while (left := end - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            lines = sock.recv(9000).splitlines()
        except TimeoutError:
            break
        floods[0] += sum(each.endswith(b": flood") for each in lines)
        if any(each.endswith(line) for each in lines):
            return True
    return False


def chat(port: int, lines: int) -> tuple[list[float], int, int]:
    """Say lines in turn; return how long each took in ms, how many were lost, and how much of the flood was heard."""
    pair = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for sock in pair:
        sock.connect(("127.0.0.1", port))
        sock.send(b"\n")
    took, lost, floods = [], 0, [0]
    for number in range(lines):
        speaker, hearer = pair[number % 2], pair[1 - number % 2]
        line = b"line %d" % number
        began = time.monotonic()
        speaker.send(line)
        if heard(hearer, b": " + line, floods):
            took.append((time.monotonic() - began) * 1000)
        else:
            lost += 1
        time.sleep(max(0.0, began + PAUSE - time.monotonic()))
    for sock in pair:
        sock.close()
    return sorted(took), lost, floods[0]


@contextmanager
def serving() -> Iterator[int]:
    """Serve a room; give its port."""
    command = [sys.executable, "-m", "udpchat.app", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            yield int((server.stdout or sys.stdin).readline().split()[-1].rpartition(":")[2].rstrip("]"))
        finally:
            server.terminate()


def measure_flood(lines: int, *, flooded: bool) -> str:
    """Return a row of the table."""
    sent: multiprocessing.Queue[int] = multiprocessing.Queue()
    with serving() as port:
        flooder = multiprocessing.Process(target=_flood, args=(port, lines * PAUSE, sent))
        if flooded:
            flooder.start()
        took, lost, floods = chat(port, lines)
        if flooded:
            flooder.join()
    rate = sent.get() / (lines * PAUSE) if flooded else 0
    p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    return f"| {rate:,.0f} | {p50:.2f} | {p99:.2f} | {took[-1]:.2f} | {lost} of {lines} | {floods} |"


def measure_ghosts(ghosts: int) -> str:
    """Return a row of the table."""
    took = []
    with serving() as port, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as living:
        living.connect(("127.0.0.1", port))
        for _ in range(ghosts):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dying:
                dying.connect(("127.0.0.1", port))
                dying.send(b"/help\n")
                dying.recv(9000)
            began = time.monotonic()
            living.send(b"anybody?\n")
            if heard(living, b" has disconnected.", [0]):
                took.append((time.monotonic() - began) * 1000)
            time.sleep(PAUSE)
    took.sort()
    return f"| {len(took)} of {ghosts} | {took[len(took) // 2]:.2f} | {took[-1]:.2f} |"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="What a flood does to a pair that chats, and how soon a ghost leaves.")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--lines", type=int, default=300, help="that the pair says in each run; and ghosts, a third")
    given = parser.parse_args()
    print("| flood, datagrams/s | p50, ms | p99, ms | max, ms | lines lost | lines of the flood heard by the pair |")
    print("| --- | --- | --- | --- | --- | --- |")
    for _ in range(given.runs):
        for flooded in (False, True):
            print(measure_flood(given.lines, flooded=flooded), flush=True)
    print("\n| ghosts told of | p50, ms after a line | max, ms |\n| --- | --- | --- |")
    for _ in range(given.runs):
        print(measure_ghosts(given.lines // 3), flush=True)


if __name__ == "__main__":
    main()
