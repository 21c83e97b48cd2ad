"""The benchmarks, which `make test` does not run, use names that exist."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.parametrize("path", sorted(BENCHMARKS.rglob("*.py")), ids=lambda path: path.name)
def test_a_benchmark_imports_only_what_exists(path: Path) -> None:
    """Every name that a benchmark imports from the package or its tests is there."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {"udpchat", "tests"}:
            module = import_module(node.module or "")
            for name in node.names:
                if not hasattr(module, name.name):  # then it is a module, or it is not there
                    import_module(f"{node.module}.{name.name}")
