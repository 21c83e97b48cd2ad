"""Measure the harm of a flood, and how soon a closed client leaves: `python benchmarks/hostile.py`.

Traffic stays on 127.0.0.1, and the program ends by itself.

The flood: one client sends 50,000 lines a second, each in a datagram of its own. Two others send a line in turn, one
each tenth of a second, and each receives the other's. Measured are the latency of their lines, the lines lost, and the
lines of the flood that they receive. Runs with the flood and without it alternate.

The closed clients: a client closes its socket and sends no /quit. Measured is the time from the next line of another
client until that client is notified of the departure.
"""

from __future__ import annotations

import argparse
import multiprocessing
import socket
import sys
import time

from peers.servers import room

FLOOD = 50_000  # datagrams/s
BURST = 100  # datagrams sent between two readings of the clock
PAUSE = 0.1  # seconds from one line of the pair to the next
LIMIT = 1.0  # seconds after which a line counts as lost
DEFAULTS = f"{sys.executable} -m udpchat.app {{port}} --log-level error"
ANY_CORE = "0,1"


def flood(port: int, seconds: float) -> int:
    """Send at the rate of the flood, or as near as this machine comes; return how many datagrams were sent."""
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


def receive(sock: socket.socket, end: bytes) -> tuple[bool, int]:
    """Wait for a line with this end; return whether it came in time, and how many lines of the flood came before."""
    floods, limit = 0, time.monotonic() + LIMIT
    while (left := limit - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            lines = sock.recv(9000).splitlines()
        except TimeoutError:
            break
        floods += sum(line.endswith(b": flood") for line in lines)
        if any(line.endswith(end) for line in lines):
            return True, floods
    return False, floods


def chat(port: int, lines: int) -> tuple[list[float], int, int]:
    """Let a pair chat; return the latencies in ms, sorted, the number of lost lines, and of the flood's received."""
    pair = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for sock in pair:
        sock.connect(("127.0.0.1", port))
        sock.send(b"\n")
    took, lost, floods = [], 0, 0
    for number in range(lines):
        sender, receiver = pair[number % 2], pair[1 - number % 2]
        line = b"line %d" % number
        began = time.monotonic()
        sender.send(line)
        arrived, flooded = receive(receiver, b": " + line)
        floods += flooded
        if arrived:
            took.append((time.monotonic() - began) * 1000)
        else:
            lost += 1
        time.sleep(max(0.0, began + PAUSE - time.monotonic()))
    for sock in pair:
        sock.close()
    return sorted(took), lost, floods


def measure_flood(lines: int, *, flooded: bool) -> str:
    """Return a row of the table."""
    sent: multiprocessing.Queue[int] = multiprocessing.Queue()
    with room(DEFAULTS, ANY_CORE) as (port, _):
        flooder = multiprocessing.Process(target=_flood, args=(port, lines * PAUSE, sent))
        if flooded:
            flooder.start()
        took, lost, floods = chat(port, lines)
        if flooded:
            flooder.join()
    rate = sent.get() / (lines * PAUSE) if flooded else 0
    p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    return f"| {rate:,.0f} | {p50:.2f} | {p99:.2f} | {took[-1]:.2f} | {lost} of {lines} | {floods} |"


def measure_closed(clients: int) -> str:
    """Return a row of the table."""
    took = []
    with room(DEFAULTS, ANY_CORE) as (port, _), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as open_client:
        open_client.connect(("127.0.0.1", port))
        for _ in range(clients):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed_client:
                closed_client.connect(("127.0.0.1", port))
                closed_client.send(b"/help\n")
                closed_client.recv(9000)
            began = time.monotonic()
            open_client.send(b"anybody?\n")
            if receive(open_client, b" has disconnected.")[0]:
                took.append((time.monotonic() - began) * 1000)
            time.sleep(PAUSE)
    took.sort()
    return f"| {len(took)} of {clients} | {took[len(took) // 2]:.2f} | {took[-1]:.2f} |"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="Measure the harm of a flood, and how soon a closed client leaves.")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--lines", type=int, default=300, help="lines of the pair in each run; a third as many clients close"
    )
    options = parser.parse_args()
    print("| flood, datagrams/s | p50, ms | p99, ms | max, ms | lines lost | lines of the flood received by the pair |")
    print("| --- | --- | --- | --- | --- | --- |")
    for _ in range(options.runs):
        for flooded in (False, True):
            print(measure_flood(options.lines, flooded=flooded), flush=True)
    print("\n| closed clients noticed | p50, ms after a line | max, ms |\n| --- | --- | --- |")
    for _ in range(options.runs):
        print(measure_closed(options.lines // 3), flush=True)


if __name__ == "__main__":
    main()
