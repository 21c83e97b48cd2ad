"""Measure what --metrics costs: `python benchmarks/watching.py`.

The same load runs on a server with metrics, which are scraped once a second, and on one without. Both take turns, and
each pair of measurements follows at once, so that other work of the machine disturbs both alike. The cost is how many
fewer lines the server delivers in a second of its processor; the table has the median of all pairs. With a journal, the
commits are measured too. Traffic stays on 127.0.0.1.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from peers.measure import Load, build, measure
from peers.servers import UDPCHAT, Server, free_port

SCRAPE_SECONDS = 1.0  # from one scrape to the next; Prometheus itself scrapes every 15 s or less often
SCENARIOS = ((10, 1), (10, 32), (100, 1), (100, 32), (1000, 32))  # clients, and lines in flight
JOURNAL = "--journal {folder}/{port}.journal"


@contextmanager
def scraping(port: int) -> Iterator[list[int]]:
    """Scrape again and again during the block; collect the bytes of each scrape."""
    ended, sizes = threading.Event(), list[int]()

    def scrape() -> None:
        while not ended.wait(SCRAPE_SECONDS):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                    sizes.append(len(answer.read()))
            except OSError:  # the server starts or ends
                continue

    thread = threading.Thread(target=scrape)
    thread.start()
    try:
        yield sizes
    finally:
        ended.set()
        thread.join()


def delivered(command: str, folder: Path, load: Load) -> float:
    """Return the lines that a server delivers in a second of its processor."""
    found = measure(Server("udpchat", "udp", command), folder, load)
    if not found:
        raise RuntimeError(command)
    return float(found["per_cpu_s"])


def main() -> None:
    """Measure all scenarios, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement, warm-up included")
    options = parser.parse_args()
    print("| clients | in flight | journal | lines per CPU-second | with metrics | cost | scrapes |")
    print(f"|{' --- |' * 7}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        for journal in ("", JOURNAL):
            for clients, in_flight in SCENARIOS:
                load = Load("udp", clients, in_flight, options.seconds)
                port, pairs = free_port(), list[tuple[float, float]]()
                command = f"{UDPCHAT} {journal}"
                with scraping(port) as scrapes:
                    for run in range(options.runs):
                        both = [command, f"{command} --metrics 127.0.0.1:{port}"]
                        if run % 2:  # neither is always the first one
                            watched, plain = delivered(both[1], folder, load), delivered(both[0], folder, load)
                        else:
                            plain, watched = delivered(both[0], folder, load), delivered(both[1], folder, load)
                        pairs.append((plain, watched))
                plains, watcheds = zip(*pairs, strict=True)
                cost = 1 - statistics.median(watched / plain for plain, watched in pairs)
                figures = [
                    *(str(clients), str(in_flight), "yes" if journal else "no"),
                    *(f"{statistics.median(each):,.0f}" for each in (plains, watcheds)),
                    *(f"{cost:.1%}", str(len(scrapes))),
                ]
                print(f"| {' | '.join(figures)} |", flush=True)


if __name__ == "__main__":
    main()
