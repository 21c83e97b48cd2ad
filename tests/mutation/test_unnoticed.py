"""Which faults are left out because they change nothing."""

from __future__ import annotations

import pytest

from tests.mutation.unnoticed import unnoticed

REMOVED, AT_BOUND, OPPOSITE, NUMBER = (
    f"core/{fault}"
    for fault in (
        *("RemoveDecorator", "ReplaceComparisonOperator_Gt_GtE", "ReplaceComparisonOperator_Gt_LtE"),
        "NumberReplacer",
    )
)


@pytest.mark.parametrize(
    ("source", "place", "fault"),
    [
        ("number: Literal[1] = 2", "1", NUMBER),
        ("def f(x: Literal[1]) -> None: ...", "1", NUMBER),
        ("def f() -> Literal[1]: ...", "1", NUMBER),
        ("@attrs.define(eq=False)\nclass A: ...", "False", "core/ReplaceFalseWithTrue"),
        ("class A(ABC):\n    @abstractmethod\n    def f(self): ...", "@", REMOVED),
        ("@cache\ndef f(): ...", "@", REMOVED),
        ("@lru_cache(maxsize=64)\ndef f(): ...", "@", REMOVED),
        ("class A(Sized, Protocol):\n    @property\n    def f(self): ...", "@", REMOVED),
        ("latest = at if at > now else now", ">", AT_BOUND),
        ("first = now if at > now else at", ">", AT_BOUND),
    ],
)
def test_what_changes_nothing_is_left_out(source: str, place: str, fault: str) -> None:
    """The fault would be here."""
    assert is_left_out(source, place, fault)


@pytest.mark.parametrize(
    ("source", "place", "fault"),
    [
        ("number: int = 1", "1", NUMBER),
        ("@attrs.frozen\nclass A:\n    key: bytes = attrs.field(repr=False)", "False", "core/ReplaceFalseWithTrue"),
        ("@attrs.frozen\nclass A(Protocol): ...", "@", REMOVED),
        ("class A:\n    @property\n    def f(self): ...", "@", REMOVED),
        ("@cached_property\ndef f(self): ...", "@", REMOVED),
        ("@lru_cache(maxsize=64)\ndef f(): ...", "64", NUMBER),
        ("latest = at if at > now else now", ">", OPPOSITE),
        ("latest = at if at > now else 0", ">", AT_BOUND),
        ("if at > now:\n    latest = at", ">", AT_BOUND),
    ],
)
def test_what_a_test_could_notice_is_not(source: str, place: str, fault: str) -> None:
    """Another fault at the same place, or the same fault elsewhere."""
    assert not is_left_out(source, place, fault)


def is_left_out(source: str, place: str, fault: str) -> bool:
    """Return whether a fault is left out where a text stands in a source for the first time."""
    lines = source[: source.index(place)].split("\n")
    return any(span.has((len(lines), len(lines[-1])), fault) for span in unnoticed(source))
