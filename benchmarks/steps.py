"""Measure the main steps of a line: `python benchmarks/steps.py [--before FOLDER]`.

With a folder, they are compared with the code of another checkout there.

Each checkout runs in processes of its own, in turns, so that other work of the machine disturbs both alike. A process
gives the fastest of several repetitions. The figures are medians over the processes, in nanoseconds of CPU time.

A checkout runs its own copy of this script.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import timeit
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from udpchat.adapters.memory.network import MemoryAddress
from udpchat.adapters.unicode import UnicodeTables
from udpchat.domain.dialects.packer import Run
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import NicknameRules

HERE = Path(__file__)
LINE = "what people say is mostly plain, and not much longer than this"
LIMIT = 1400  # bytes of a datagram
MEMBERS, LINES = 100, 32
REPETITIONS = 7  # in each process
SECONDS = 0.02  # of each repetition, or more

Steps = dict[str, Callable[[], object]]


def steps() -> Steps:
    """Return each step, as a function to call again and again."""
    state = ChatState(NicknameRules(UnicodeTables()))
    chat = Chat(state)
    addresses = [MemoryAddress("127.0.0.1", number) for number in range(MEMBERS)]
    for number, address in enumerate(addresses):
        chat.handle(Input(0.0, number * 0x9E3779B97F4A7C15 % 2**64, address, ""))
    handle, say, show = chat.handle, Input(0.0, 1, addresses[0], LINE), Input(0.0, 1, addresses[0], "/list")
    names = cycle([Input(0.0, 1, addresses[0], f"/nick {name}") for name in ("somebody", "another")])
    ((_, said),) = handle(say)
    ((_, listed), _) = handle(show)
    (line,) = render(said, LIMIT)
    run = Run("memory", lambda *_: None, print, LIMIT, state.roster)

    def pack() -> None:
        for _ in range(LINES):
            run.add(line)
        run.flush()

    return {
        "handle a line": lambda: handle(say),
        "handle /nick": lambda: handle(next(names)),
        "render a line": lambda: render(said, LIMIT),
        f"render /list of {MEMBERS}": lambda: render(listed, LIMIT),
        f"pack {LINES} lines": pack,
    }


def nanoseconds(step: Callable[[], object]) -> float:
    """Return the CPU time of one call."""
    timer = timeit.Timer(step, timer=time.process_time)
    number = 100
    while timer.timeit(number) < SECONDS:
        number *= 2
    return min(timer.repeat(REPETITIONS, number)) / number * 1e9


def run(checkout: Path) -> dict[str, float]:
    """Return the figures of one process with the code of a checkout."""
    command = [sys.executable, checkout / "benchmarks" / HERE.name, "--json"]
    environment = os.environ | {"PYTHONPATH": f"{checkout / 'src'}:{checkout}"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--before", type=Path, help="folder of another checkout")
    parser.add_argument("--runs", type=int, default=10, help="processes of each checkout")
    parser.add_argument("--json", action="store_true", help="measure this checkout once, in this process")
    options = parser.parse_args()
    if options.json:
        print(json.dumps({name: nanoseconds(step) for name, step in steps().items()}))
        return
    checkouts = [HERE.resolve().parents[1]] + ([options.before.resolve()] if options.before else [])
    runs = []
    for number in range(options.runs):  # every second run is in the other order
        found = {checkout: run(checkout) for checkout in (checkouts[::-1] if number % 2 else checkouts)}
        runs.append([found[checkout] for checkout in checkouts])
    print("| step | ns | ns before | ratio |\n| --- | --- | --- | --- |")
    for name in runs[0][0]:
        figures = [[side[name] for side in sides if name in side] for sides in runs]
        cells = [f"{statistics.median(side):,.0f}" for side in zip(*figures, strict=True)]
        if len(cells) > 1:
            cells.append(f"{statistics.median(now / before for now, before in figures):.2f}")
        print(f"| {' | '.join([name, *cells, '-', '-'][:4])} |")


if __name__ == "__main__":
    main()
