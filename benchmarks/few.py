"""Measure what a few can do to the many: `python benchmarks/few.py`.

A member of a room says a line a second. Measured is how long it takes until another member hears each, while others
attack the server, and how many lines are never heard. After each attack the load begins again, and the server must end
at SIGTERM; measured is how long that takes, and whether the journal is whole. If the attack filled the room, a stranger
who can prove its address tries to come in. At last the server is stopped for a while (SIGSTOP) while three members say
9 lines a second each, and goes on; then the waits count from that moment.

The server runs with its default settings and a journal, on one core, and the loads on the other. Its members are in the
room from the beginning: an earlier server without limits let them in and left its journal. All loads are bounded in
count and time. Traffic stays on 127.0.0.0/8.

`--quick` takes two minutes. A run with no options but `--before` writes its figures to benchmarks/results/few.json.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import attrs
from attacks.crowd import READER_BUFFER, TALKERS, Crowd, client, enter
from attacks.loads import ATTACKS, Attack
from attacks.server import Version, copied, ended, stopped
from attacks.talk import Talk
from peers.measure import versions
from peers.servers import LOAD_CORE, free_port

RESULTS = Path(__file__).parent / "results"
FIRST_LINE = 0.1  # seconds from the beginning of an attack to the first line
STOP_RATE, STOP_SECONDS = 9, 10.0  # lines a second of each talker; seconds of SIGSTOP
STOPPED = f"stopped for {STOP_SECONDS:.0f} s, {STOP_RATE} lines a second"
NOW, BEFORE = "now", "before"
Row = dict[str, Any]


@attrs.frozen
class Lengths:
    """How long everything takes, in seconds."""

    attack: float  # of one attack
    hearing: float  # until a line counts as never heard, after the last one was said
    ending: float  # until a server that does not end is killed
    entering: float = 10.0  # until a stranger must be in the room


LONG, SHORT = Lengths(15.0, 60.0, 60.0), Lengths(5.0, 10.0, 15.0, 3.0)


def under(attack: Attack, version: Version, crowd: Crowd, journal: Path, lengths: Lengths) -> Row:
    """Return the figures of one attack."""
    found: Row = {}
    with version.serving(crowd.port, journal) as process:
        talk = Talk(crowd, b"under attack")
        with attack.running(crowd, lengths.attack):
            time.sleep(FIRST_LINE)
            talk.go_on(1, lengths.attack)
        talk.wait(lengths.hearing)
        if attack.fills:
            found["came_in"] = came_in(crowd.port, lengths.entering)
        with attack.running(crowd, attack.rising + lengths.ending):
            time.sleep(attack.rising)
            found["end_s"] = ended(process, lengths.ending)
    return found | talk.figures() | {"whole": version.is_whole(journal)}


def after_stop(version: Version, crowd: Crowd, journal: Path, lengths: Lengths) -> Row:
    """Return the figures of a server that is stopped for a while."""
    with version.serving(crowd.port, journal) as process:
        talk = Talk(crowd, b"while it stops")
        with stopped(process):
            talk.go_on(STOP_RATE, STOP_SECONDS, TALKERS)
        talk.count_from_now()
        talk.wait(lengths.hearing)
        end_s = ended(process, lengths.ending)
    return talk.figures() | {"end_s": end_s, "whole": version.is_whole(journal)}


def came_in(port: int, limit: float) -> float | None:
    """Return the seconds until a stranger who can prove its address is in the room, or None if it never is."""
    began = time.monotonic()
    with client(port, READER_BUFFER) as stranger:
        return None if enter([stranger], limit) else time.monotonic() - began


def measured(members: int, under_test: Sequence[Version], lengths: Lengths, word: str, folder: Path) -> Iterator[Row]:
    """Measure rooms of one size; give a row for each version and each attack with this word in its name."""
    with closing(Crowd(free_port(), members)) as crowd:
        for version in under_test:
            version.fill(crowd, folder / f"{version.name}-{members}")
        measurements = [(attack.name, partial(under, attack)) for attack in ATTACKS] + [(STOPPED, after_stop)]
        for name, measure in measurements:
            for version in under_test if word in name else ():
                journal = copied(folder / f"{version.name}-{members}", folder / "journal")
                found = measure(version, crowd, journal, lengths)
                crowd.forget()
                yield {"members": members, "attack": name, "version": version.name} | found


def cells(row: Row) -> list[str]:
    """Return the figures of a row as they are in the table."""
    p50, worst = ("-" if row[key] is None else f"{row[key]:,.1f}" for key in ("p50_ms", "worst_ms"))
    end = "never" if row["end_s"] is None else f"{row['end_s']:.2f}"
    came = ""
    if "came_in" in row:
        came = "no" if row["came_in"] is None else f"after {row['came_in']:.1f} s"
    return [p50, worst, f"{row['unheard']} of {row['lines']}", end, "yes" if row["whole"] else "no", came]


def main() -> None:
    """Measure; print the table, and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="short attacks on 100 and 1,000 members")
    parser.add_argument("--members", type=numbers, help="sizes of the rooms, with commas between them")
    parser.add_argument("--only", default="", metavar="WORD", help="only the attacks with this word in their names")
    parser.add_argument("--before", type=Path, help="folder of another checkout: measure it in the same run")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.sched_setaffinity(0, {int(LOAD_CORE)})
    under_test = [Version(NOW), *([Version(BEFORE, options.before)] if options.before else [])]
    sizes = options.members or ([100, 1000] if options.quick else [100, 1000, 9000])
    print("| members | attack | version | p50, ms | worst, ms | never heard | SIGTERM, s | journal whole | came in |")
    print(f"|{' --- |' * 9}")
    rows, lengths = [], SHORT if options.quick else LONG
    with tempfile.TemporaryDirectory() as folder:
        for members in sizes:
            for row in measured(members, under_test, lengths, options.only, Path(folder)):
                rows.append(row)
                print(f"| {members:,} | {row['attack']} | {row['version']} | {' | '.join(cells(row))} |", flush=True)
    if not (options.quick or options.only or options.members):
        RESULTS.mkdir(exist_ok=True)
        report = {"versions": versions(), "rows": rows}
        (RESULTS / "few.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def numbers(text: str) -> Sequence[int]:
    """Return the numbers of a list with commas."""
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    main()
