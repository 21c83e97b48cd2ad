"""Count the calls and the changes of file that one line costs: `python -m benchmarks.path [--trace]`.

A room of two members runs over the carrier in memory, with the default limits and the journal in memory. One member
sends a line. Then everything that the first call into udpchat does is counted. That is one turn of the hub: it receives
the datagram, handles the line, and sends the answers. The parts in memory are counted too.

- **calls**: calls of Python functions of udpchat. Resuming a generator is a call. Functions in C, and functions that
  attrs generates, are not counted.
- **changes of file**: calls into another file than that of the call before. The first call is the first change.
  Returns are not counted.

The lines are sent in two rooms, one after the other, and counted in the second: then the caches of the process are
warm. The first line after a join has its own row, because the room computes the audience for it and keeps it.
"""

from __future__ import annotations

import argparse
import sys
from itertools import pairwise
from pathlib import Path
from types import FrameType

import attrs

import udpchat
from tests.room import Room
from udpchat.domain.admission.policy import Policy

SOURCE = f"{Path(udpchat.__file__).parent}/"
LINES = (("hello, the first after a join", "hello"), ("hello", "hello"), ("/nick x", "/nick x"))


@attrs.frozen
class Call:
    """A call of a function of udpchat, and how many such functions had been entered and not left."""

    function: str
    file: str  # below the folder of the package
    depth: int


@attrs.define(eq=False)
class Profiler:
    """Records the calls until the first function of udpchat returns."""

    calls: list[Call] = attrs.field(factory=list, init=False)
    _depth: int = attrs.field(default=0, init=False)

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        """Take an event of `sys.setprofile`."""
        code = frame.f_code
        if event not in {"call", "return"} or not code.co_filename.startswith(SOURCE):
            return
        if event == "return":
            self._depth -= 1
            if not self._depth:
                sys.setprofile(None)
            return
        self.calls.append(Call(code.co_qualname, code.co_filename.removeprefix(SOURCE), self._depth))
        self._depth += 1

    @property
    def changes(self) -> int:
        """How many calls are into another file than that of the call before."""
        files = ["", *(call.file for call in self.calls)]
        return sum(before != after for before, after in pairwise(files))


def profiled() -> list[Profiler]:
    """Send the lines in a new room; return what each of them caused."""
    room = Room(policy=Policy())
    sender, _ = room.member(), room.member()
    found = []
    for _, line in LINES:
        sender.send(f"{line}\n")
        profiler = Profiler()
        sys.setprofile(profiler)
        room.settle()
        sys.setprofile(None)
        found.append(profiler)
    return found


def main() -> None:
    """Print the table, and before it the calls if they were asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trace", action="store_true", help="print every call, indented below its caller")
    options = parser.parse_args()
    profiled()
    rows = list(zip(LINES, profiled(), strict=True))
    for (name, _), profiler in rows if options.trace else ():
        print(f"{name}:")
        for call in profiler.calls:
            print(f"  {'  ' * call.depth}{call.function}  {call.file}")
        print()
    print("| line | calls | changes of file |\n| --- | --- | --- |")
    for (name, _), profiler in rows:
        print(f"| {name} | {len(profiler.calls)} | {profiler.changes} |")


if __name__ == "__main__":
    main()
