"""The domain imports attrs, itself and pure parts of the standard library; nothing else, however it is spelled."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import udpchat.domain

PURE = {
    "__future__",
    "abc",
    "attrs",
    "bisect",
    "collections",
    "copy",
    "enum",
    "functools",
    "hashlib",
    "hmac",
    "ipaddress",
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "string",
    "typing",
    "unicodedata",
}
FILES = sorted(Path(udpchat.domain.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=str)
def test_imports_are_pure(file: Path) -> None:
    """Every import of the domain is on the list above."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        for module in modules:
            assert module.startswith("udpchat.domain") or module.split(".")[0] in PURE


@pytest.mark.parametrize("file", FILES, ids=str)
def test_nothing_is_opened_or_printed(file: Path) -> None:
    """The domain calls none of the built-in functions that touch the world."""
    names = (node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Name))
    called = {name.id for name in names if isinstance(name.ctx, ast.Load)}  # a field may have such a name
    assert not called & {"open", "print", "input", "exec", "eval", "__import__", "hash", "id"}
