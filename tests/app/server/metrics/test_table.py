"""The metrics by the rules of Prometheus, as `promtool check metrics` has them and its documentation asks for.

Sources: prometheus.io, "Metric and label naming", "Instrumentation" and "Writing client libraries"; the linter of
promtool (prometheus/client_golang, prometheus/testutil/promlint).
"""

from __future__ import annotations

import re

import pytest
from prometheus_client.core import Metric

from tests.app.server.metrics import moments
from tests.app.server.metrics.moments import HOST, NICKNAME, exposed, moment
from tests.room import Room
from udpchat.adapters.metrics.exposition import PREFIX, text
from udpchat.adapters.metrics.families import Durations, Kind
from udpchat.app.server.metrics.meter import Meter
from udpchat.app.server.metrics.table import BUILD, READY, TABLE, Moment, readings
from udpchat.app.server.storage import Figures
from udpchat.domain.drop_reason import DropReason

FAMILIES = [BUILD, READY, *(family for family, _ in TABLE)]
BASE_UNITS = ("seconds", "bytes", "ratio")
# Other units, abbreviations and multiples of units, in which no metric may be (promlint, "units").
OTHER_UNITS = {
    *("ms", "millis", "milliseconds", "us", "micros", "microseconds", "ns", "nanoseconds", "sec", "secs", "second"),
    *("minutes", "hours", "days", "weeks", "bits", "bit", "byte", "kb", "kib", "kilobytes", "mb", "mib", "megabytes"),
    *("gb", "gib", "gigabytes", "percent", "percentage"),
}
TYPES = {"counter", "gauge", "histogram", "summary"}  # no name may have the word (promlint, "metric type in name")
RESERVED_ENDS = ("_count", "_sum", "_bucket", "_created")
LABELS = {"carrier", "reason", "node", "version", "python"}  # of few values, which operators or versions give


@pytest.fixture(name="scraped", scope="module")
def _scraped() -> dict[str, Metric]:
    """Return what a scrape has."""
    return {each.name: each for each in moments.scraped()}


def test_every_metric_has_a_value(scraped: dict[str, Metric]) -> None:
    """What the table has is scraped, under its own name and with its type, its help text and its labels."""
    by_name = {exposed(each): each for each in scraped.values()}
    for family in FAMILIES:
        found = by_name[family.name]
        assert (found.type, found.documentation) == (family.kind.value, family.help)
        assert found.samples
        assert {name for sample in found.samples for name in sample.labels} - {"le"} == set(family.labels)


def test_names(scraped: dict[str, Metric]) -> None:
    """Each name is snake case with our prefix, does not say its type, and is there once."""
    names = [family.name for family in FAMILIES]
    assert len({*names}) == len(names)
    for each in map(exposed, scraped.values()):
        assert re.fullmatch(rf"{PREFIX}(_[a-z]+)+", each)
        assert not TYPES & {*each.split("_")}


def test_ends(scraped: dict[str, Metric]) -> None:
    """A counter ends with `_total`, and nothing else does; no name has an end that the format gives a meaning."""
    for each in scraped.values():
        name = exposed(each)
        assert name.endswith("_total") == (each.type == "counter")
        assert not name.endswith(RESERVED_ENDS)
        assert name.endswith("_info") == (name == BUILD.name)


def test_units(scraped: dict[str, Metric]) -> None:
    """Units are base units and stand at the end, before `_total`; a histogram of durations is in seconds."""
    for each in scraped.values():
        words = exposed(each).removesuffix("_total").split("_")
        assert not OTHER_UNITS & {*words}
        assert not any(unit in words[:-1] for unit in BASE_UNITS)
        if each.type == "histogram":
            assert words[-1] == "seconds"


def test_help(scraped: dict[str, Metric]) -> None:
    """Each metric has a help text: ours is one sentence or two that end with a full stop, on one line."""
    assert all(each.documentation.strip() for each in scraped.values())
    for family in FAMILIES:
        assert re.fullmatch(r"[A-Z].*[a-z0-9]\.", family.help)
        assert family.name not in family.help


def test_label_names(scraped: dict[str, Metric]) -> None:
    """Labels have known names, which are snake case, and none is a unit, and none is in the name of its metric."""
    for each in scraped.values():
        names = {name for sample in each.samples for name in sample.labels} - {"le"}
        assert names <= LABELS
        assert not names & {*BASE_UNITS, *OTHER_UNITS}
        assert not names & {*each.name.split("_")[1:]}


def test_nobody_is_named(scraped: dict[str, Metric]) -> None:
    """No nickname, no address and no text is in a label or anywhere else: there is no series for each client."""
    shown = text(readings(moment())).decode()
    assert 'udpchat_clients{carrier="memory"} 1.0' in shown
    for secret in (NICKNAME, HOST, "4444", "hello"):
        assert secret not in shown
    most = max(len(each.samples) for each in scraped.values() if each.type != "histogram")
    assert most <= len(DropReason)


def test_the_numbers() -> None:
    """They are those of the server, and each reason to drop is there from the start, so that rates are known."""
    looked = moment()
    looked.hub.admission.drops[DropReason.RECEIVE_BUFFER] = 5
    looked.hub.admission.drops[DropReason.LINE_TOO_LONG] = 6
    looked.hub.bugs.counts["a"] += 2
    looked.hub.bugs.counts["b"] += 1
    values = {reading.family.name: reading.values for reading in readings(looked)}
    assert values["udpchat_clients"] == {("memory",): 1}
    assert values["udpchat_rooms"] == {(): 1}
    assert values["udpchat_lines_total"] == {(): 2}
    assert values["udpchat_kernel_drops_total"] == {(): 5}
    assert values["udpchat_bugs_total"] == {(): 3}
    assert values["udpchat_max_clients"] == {(): 10_000}
    drops = values["udpchat_drops_total"]
    assert not isinstance(drops, Durations)
    assert drops["line_too_long",] == 6
    assert {reason for (reason,) in drops} == {each.value for each in DropReason} - {"receive_buffer"}
    assert values["udpchat_cluster_lines_behind"] == {("a",): 2}


def test_what_there_is_not() -> None:
    """A server alone shows nothing of a cluster, one without a journal nothing of a file, one without a room little."""
    looked = Moment.of("", Room().hub, Meter(), Figures())
    shown = text(readings(looked)).decode()
    assert not re.search("udpchat_(cluster|journal)", shown)
    shown = text(readings(None)).decode()
    assert "udpchat_ready 0.0" in shown
    assert "udpchat_build_info{" in shown
    assert "udpchat_clients" not in shown


def test_kinds() -> None:
    """Nothing that can fall is a counter: it is what the names say, and a histogram has durations."""
    for reading in readings(moment()):
        assert isinstance(reading.values, Durations) == (reading.family.kind is Kind.HISTOGRAM)
