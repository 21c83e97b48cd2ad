"""Readings as a scrape receives them, read back by the library's own parser."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from udpchat.adapters.metrics.exposition import text
from udpchat.adapters.metrics.families import BOUNDS, Durations, Family, Kind, Reading

seconds = st.lists(st.floats(0, 10, allow_subnormal=False) | st.sampled_from(BOUNDS), max_size=50)


@given(seconds)
def test_durations(given_seconds: list[float]) -> None:
    """A bucket counts all durations up to its bound; count and sum are those of all."""
    durations = Durations()
    for each in given_seconds:
        durations.add(each)
    family = Family("udpchat_turn_seconds", Kind.HISTOGRAM, "Turns.")
    (found,) = [each for each in read([Reading(family, durations)]) if "process" not in each.name]
    assert (found.name, found.type, found.documentation) == ("udpchat_turn_seconds", "histogram", "Turns.")
    values = {(sample.name, sample.labels.get("le")): sample.value for sample in found.samples}
    for bound in BOUNDS:
        at_most = sum(each <= bound for each in given_seconds)
        assert values["udpchat_turn_seconds_bucket", str(bound)] == at_most
    assert values["udpchat_turn_seconds_bucket", "+Inf"] == len(given_seconds)
    assert values["udpchat_turn_seconds_count", None] == len(given_seconds)
    assert abs(values["udpchat_turn_seconds_sum", None] - sum(given_seconds)) < 1e-6


def test_a_copy_of_durations() -> None:
    """It is of one moment, and what is counted afterwards is not in it."""
    durations = Durations()
    durations.add(1.0)
    copied = durations.copy()
    durations.add(2.0)
    assert (sum(copied.counts), copied.seconds) == (1, 1.0)
    assert (sum(durations.counts), durations.seconds) == (2, 3.0)


@given(st.dictionaries(st.tuples(st.text(max_size=5)), st.integers(0, 2**53)))
def test_labels(values: dict[tuple[str, ...], float]) -> None:
    """Any text of a label comes back as it was; a metric without values is left out."""
    family = Family("udpchat_drops_total", Kind.COUNTER, "Drops \\ and\nlines.", ("reason",))
    found = [each for each in read([Reading(family, values)]) if "process" not in each.name]
    assert len(found) == bool(values)
    for each in found:
        assert each.documentation == family.help
        assert {(sample.labels["reason"],): sample.value for sample in each.samples} == values
        assert {sample.name for sample in each.samples} == {"udpchat_drops_total"}


def read(readings: list[Reading]) -> list[Metric]:
    """Return what a scrape receives."""
    return list(text_string_to_metric_families(text(readings).decode()))
