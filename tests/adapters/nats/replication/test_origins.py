"""The rule by which an entry counts."""

from __future__ import annotations

import pytest

from udpchat.adapters.nats.replication.origins import Origin, Origins


@pytest.mark.parametrize(
    ("origin", "after", "counts"),
    [
        (Origin(3, "x", 8), 7, True),
        (Origin(3, "x", 9), 6, True),  # entries 7 and 8 counted or were given up
        (Origin(3, "x", 7), 6, False),  # it has counted
        (Origin(3, "x", 9), 8, False),  # entry 8 is missing
        (Origin(3, "y", 8), 7, False),  # another process
        (Origin(3, "y", 1), 0, False),  # another process that started as the same incarnation
        (Origin(2, "x", 8), 7, False),  # an older incarnation
        (Origin(4, "y", 1), 0, True),  # the start of a newer one
        (Origin(4, "y", 2), 1, False),  # the start is missing
    ],
)
def test_an_entry_counts_in_its_place_and_once(origin: Origin, after: int, *, counts: bool) -> None:
    """Entry 7 of process x, incarnation 3, was the last one that counted."""
    assert Origins({"a": Origin(3, "x", 7)}).counts("a", origin, after) is counts


def test_the_first_entry_of_an_unknown_node_counts() -> None:
    """Any later one does not."""
    origins = Origins()
    assert origins.counts("a", Origin(1, "x", 1), 0)
    assert not origins.counts("a", Origin(1, "x", 2), 1)


def test_a_node_that_was_taken_over_must_start_again() -> None:
    """The entries of its old process do not count any more."""
    origins = Origins({"a": Origin(3, "x", 7)})
    origins.take_over("a")
    assert not origins.counts("a", Origin(3, "x", 8), 7)
    assert not origins.counts("a", Origin(3, "x", 8), 0)
    assert origins.counts("a", Origin(4, "y", 1), 0)


def test_a_copy_stays_as_it_is() -> None:
    """Entries that count later do not change it."""
    origins = Origins({"a": Origin(3, "x", 7)})
    copy = origins.copy()
    origins.count("a", Origin(3, "x", 8))
    assert copy == Origins({"a": Origin(3, "x", 7)})
