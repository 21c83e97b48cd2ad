"""Operators' files for tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from udpchat.adapters.operators.file import PRIVATE, OperatorsFile
from udpchat.adapters.operators.lines import Operator, OperatorsError

ANA = Operator("ana", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")  # the key of the tests in RFC 6238, appendix B
BEN = Operator("Ben", "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK")


def written(path: Path, content: bytes, mode: int = PRIVATE) -> OperatorsFile:
    """Return a file with this content."""
    path.write_bytes(content)
    path.chmod(mode)
    return OperatorsFile(path)


def with_operators(path: Path, *operators: Operator) -> OperatorsFile:
    """Return a file with these operators."""
    file = OperatorsFile(path)
    for operator in operators:
        file.add(operator)
    return file


def refusal(file: OperatorsFile) -> str:
    """Return why a file is not read."""
    with pytest.raises(OperatorsError) as caught:
        file.read()
    return str(caught.value)


def mode(path: Path) -> int:
    """Return the permission bits of a file."""
    return path.stat().st_mode & 0o7777


def names(folder: Path) -> list[str]:
    """Return the names of all files in a folder."""
    return sorted(each.name for each in folder.iterdir())
