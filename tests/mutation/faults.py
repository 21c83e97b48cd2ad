"""The faults that make a mutant. Cosmic Ray knows them, and where they fit.

Some of its faults are left out, because no test can notice them, or only those notice them that notice another one:

- in an annotation, which nothing evaluates;
- in what attrs makes of a class besides its fields (`init=False`, `eq=False`), on which no caller relies, and in
  `zip(strict=True)`, where sizes never differ;
- of a comparison, all but its neighbour at the bound and its opposite: `is None` and `== None` are the same;
- of an arithmetic operator, all but one other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from tests.mutation.mutant import SOURCES, Mutant

DOMAIN = SOURCES / "udpchat" / "domain"
COMPARISONS = {
    *("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt"),
    *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is", "In_NotIn", "NotIn_In"),
}
ARITHMETIC = {
    *("Add_Sub", "Sub_Add", "Mul_Add", "Div_Mul", "FloorDiv_Mul", "Mod_Mul", "Pow_Mul"),
    *("BitOr_BitAnd", "BitAnd_BitOr", "BitXor_BitOr", "LShift_RShift", "RShift_LShift"),
}
TAKEN = {"ReplaceComparisonOperator": COMPARISONS, "ReplaceBinaryOperator": ARITHMETIC}
LEFT_OUT = {"VariableInserter", "VariableReplacer"}  # they need the names of variables
UNUSED = {"init", "eq", "strict"}  # keywords of attrs, and of zip()

Position = tuple[int, int]
"""A line, counted from 1, and a column in it, counted from 0."""


def mutants() -> list[Mutant]:
    """Return all mutants of the domain, in a fixed order."""
    return [mutant for path in sorted(DOMAIN.rglob("*.py")) for mutant in _mutants_of(path)]


def _mutants_of(path: Path) -> Iterator[Mutant]:
    source = path.read_text(encoding="utf-8")
    unnoticed = list(_unnoticed(source))
    nodes = list(ast_nodes(get_ast(source)))
    for name in sorted(filter(_is_taken, operator_names())):
        operator: Any = get_operator(name)()
        positions = [start for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, start in enumerate(positions):
            if not any(first <= start < last for first, last in unnoticed):
                yield Mutant(path, start[0], name, partial(mutate_code, source, operator, occurrence))


def _is_taken(name: str) -> bool:
    family, _, kind = name.removeprefix("core/").partition("_")
    return family not in LEFT_OUT and kind in TAKEN.get(family, [kind])


def _unnoticed(source: str) -> Iterator[tuple[Position, Position]]:
    """Yield where each expression begins and ends in which faults go unnoticed.

    Columns are counted in bytes here, which differs from characters only behind others than ASCII.
    """
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.arg(annotation=ast.expr() as found) | ast.AnnAssign(annotation=found):
                pass
            case ast.FunctionDef(returns=ast.expr() as found):
                pass
            case ast.keyword(arg=name, value=ast.Constant(value=bool()) as found) if name in UNUSED:
                pass
            case _:
                continue
        yield (found.lineno, found.col_offset), (found.end_lineno or 0, found.end_col_offset or 0)
