"""What a flood does to a pair that chats: `python benchmarks/flood.py`. Everything is on 127.0.0.1, and ends by itself.

One client sends 50,000 lines a second, each in a datagram of its own, while two others say a line in turn, one every
tenth of a second, and hear each other's. Without the flood and with it, in turn: how long a line takes from the one to
the other, how many are lost, and how much of the flood was let through.
"""

from __future__ import annotations

import argparse
import multiprocessing
import socket
import subprocess
import sys
import time

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


def measure(lines: int, *, flooded: bool) -> str:
    """Serve a room for one run; return a row of the table."""
    command = [sys.executable, "-m", "udpchat.app", "0"]
    sent: multiprocessing.Queue[int] = multiprocessing.Queue()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        port = int((server.stdout or sys.stdin).readline().split()[-1].rpartition(":")[2])
        flooder = multiprocessing.Process(target=_flood, args=(port, lines * PAUSE, sent))
        if flooded:
            flooder.start()
        took, lost, floods = chat(port, lines)
        if flooded:
            flooder.join()
        server.terminate()
    rate = sent.get() / (lines * PAUSE) if flooded else 0
    p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    return f"| {rate:,.0f} | {p50:.2f} | {p99:.2f} | {took[-1]:.2f} | {lost} of {lines} | {floods} |"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description="What a flood does to a pair that chats.")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--lines", type=int, default=300, help="that the pair says in each run")
    given = parser.parse_args()
    print("| flood, datagrams/s | p50, ms | p99, ms | max, ms | lines lost | lines of the flood heard |")
    print("| --- | --- | --- | --- | --- | --- |")
    for _ in range(given.runs):
        for flooded in (False, True):
            print(measure(given.lines, flooded=flooded), flush=True)


if __name__ == "__main__":
    main()
