"""The faults that make a mutant. Cosmic Ray knows them, and where they fit.

Some of its faults are left out, because no test can notice them (`unnoticed`), or only those notice them that notice
another one:

- of a comparison, all but its neighbour at the bound and its opposite: `is None` and `== None` are the same;
- of an arithmetic operator, all but one other, and of a sign or a `not`, all but its removal.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from tests.mutation.mutant import SOURCES, Mutant
from tests.mutation.unnoticed import unnoticed

DOMAIN = SOURCES / "udpchat" / "domain"
COMPARISONS = {
    *("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt"),
    *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is", "In_NotIn", "NotIn_In"),
}
ARITHMETIC = {
    *("Add_Sub", "Sub_Add", "Mul_Add", "Div_Mul", "FloorDiv_Mul", "Mod_Mul", "Pow_Mul"),
    *("BitOr_BitAnd", "BitAnd_BitOr", "BitXor_BitOr", "LShift_RShift", "RShift_LShift"),
}
REMOVALS = {"Delete_USub", "Delete_Not", "Delete_Invert"}
TAKEN = {
    "ReplaceComparisonOperator": COMPARISONS,
    "ReplaceBinaryOperator": ARITHMETIC,
    "ReplaceUnaryOperator": REMOVALS,
}
LEFT_OUT = {"VariableInserter", "VariableReplacer"}  # they need the names of variables


def mutants() -> list[Mutant]:
    """Return all mutants of the domain, in a fixed order."""
    return [mutant for path in sorted(DOMAIN.rglob("*.py")) for mutant in _mutants_of(path)]


def _mutants_of(path: Path) -> Iterator[Mutant]:
    source = path.read_text(encoding="utf-8")
    spans = unnoticed(source)
    nodes = list(ast_nodes(get_ast(source)))
    for name in sorted(filter(_is_taken, operator_names())):
        operator: Any = get_operator(name)()
        positions = [start for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, start in enumerate(positions):
            if not any(span.has(start, name) for span in spans):
                yield Mutant(path, start[0], name, partial(mutate_code, source, operator, occurrence))


def _is_taken(name: str) -> bool:
    family, _, kind = name.removeprefix("core/").partition("_")
    return family not in LEFT_OUT and kind in TAKEN.get(family, [kind])
