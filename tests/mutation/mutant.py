"""A mutant: a copy of a module of the domain with one small fault."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src"


@attrs.frozen(eq=False)
class Mutant:
    """A fault: the file it is in, its first line, its kind, and what makes the source with the fault."""

    path: Path
    line: int
    fault: str
    make: Callable[[], str]

    @property
    def module(self) -> str:
        """The name of the module."""
        return ".".join(self.path.relative_to(SOURCES).with_suffix("").parts).removesuffix(".__init__")

    @property
    def diff(self) -> str:
        """The lines that differ, behind a line with the place and the kind of the fault."""
        before = self.path.read_text(encoding="utf-8").splitlines()
        lines = list(difflib.unified_diff(before, self.make().splitlines(), n=0, lineterm=""))[2:]
        changes = [line for line in lines if not line.startswith("@@")]
        return "\n".join([f"{self.path.relative_to(ROOT)}:{self.line} {self.fault}", *changes])
