"""Each library has one wing: the import contracts name all that are imported."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path

import udpchat

SOURCES = Path(udpchat.__file__).parent
EVERYWHERE = {"attrs", "structlog", "udpchat"}  # the domain has no structlog, by a contract of its own


def test_every_library_has_a_contract() -> None:
    """A library that nobody has given a wing is a failure."""
    imported: set[str] = set()
    for file in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    contracts = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["tool"]["importlinter"]
    named = {module for contract in contracts["contracts"] for module in contract.get("forbidden_modules", ())}
    assert imported - set(sys.stdlib_module_names) - EVERYWHERE <= named
