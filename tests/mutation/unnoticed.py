"""Where a fault changes nothing that a test could notice, by the grammar of Python.

- An annotation, which nothing evaluates.
- What attrs makes of a class besides its fields (`init=False`, `eq=False`), on which no caller relies, and
  `zip(strict=True)`, where sizes never differ.
- A decorator that the type checker alone reads: `@abstractmethod`, and all in a `Protocol`.
- A decorator that keeps results, `@cache` or `@lru_cache`, because the domain is pure: without it, all takes longer.
- The bound of a maximum or minimum that is written as a condition, `a if a > b else b`: there, both are the same.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import attrs

UNUSED = {"init", "eq", "strict"}  # keywords of attrs, and of zip()
UNNOTICED = {"abstractmethod", "cache", "lru_cache"}  # decorators
AT_BOUND = {f"core/ReplaceComparisonOperator_{kind}" for kind in ("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt")}

Position = tuple[int, int]
"""A line, counted from 1, and a column in it, counted from 0."""


@attrs.frozen
class Span:
    """The code from one position up to another, in which these faults go unnoticed, or all if none are named.

    Columns are counted in bytes here, which differs from characters only behind others than ASCII.
    """

    first: Position
    last: Position
    faults: frozenset[str] = frozenset()

    @classmethod
    def of(cls, node: ast.expr, *faults: str) -> Span:
        """Return the span of an expression."""
        last = node.end_lineno or 0, node.end_col_offset or 0
        return cls((node.lineno, node.col_offset), last, frozenset(faults))

    def has(self, start: Position, fault: str) -> bool:
        """Return whether a fault that begins here goes unnoticed."""
        return self.first <= start < self.last and (not self.faults or fault in self.faults)


def unnoticed(source: str) -> list[Span]:
    """Return the spans of a module."""
    return [span for node in ast.walk(ast.parse(source)) for span in _spans(node)]


def _spans(node: ast.AST) -> Iterator[Span]:
    match node:
        case ast.arg(annotation=ast.expr() as found) | ast.AnnAssign(annotation=found):
            yield Span.of(found)
        case ast.FunctionDef(returns=returns, decorator_list=decorators):
            if returns:
                yield Span.of(returns)
            yield from (_decorator(each) for each in decorators if ast.unparse(each).partition("(")[0] in UNNOTICED)
        case ast.keyword(arg=name, value=ast.Constant(value=bool()) as found) if name in UNUSED:
            yield Span.of(found)
        case ast.ClassDef(bases=bases, body=body) if "Protocol" in map(ast.unparse, bases):
            for each in body:
                yield from map(_decorator, each.decorator_list if isinstance(each, ast.FunctionDef) else ())
        case ast.IfExp(test=ast.Compare(left=left, comparators=[right]) as test, body=one, orelse=other):
            if {ast.dump(left), ast.dump(right)} == {ast.dump(one), ast.dump(other)}:
                yield Span.of(test, *AT_BOUND)
        case _:
            pass


def _decorator(expression: ast.expr) -> Span:
    """Return the span of a decorator, which begins with its `@`."""
    span = Span.of(expression, "core/RemoveDecorator")
    line, column = span.first
    return attrs.evolve(span, first=(line, column - 1))
