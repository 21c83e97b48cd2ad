"""Readings -> the text format of Prometheus, with what the library knows of this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

import attrs
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from udpchat.adapters.metrics.families import BOUNDS, Durations, Kind, Reading

PREFIX = "udpchat"  # of all names


@attrs.define(eq=False)
class Readings(Collector):
    """Gives the library readings of one moment."""

    readings: Sequence[Reading]

    def collect(self) -> Iterator[Metric]:
        """Yield each metric that has values."""
        return (metric(each) for each in self.readings if isinstance(each.values, Durations) or each.values)


def metric(reading: Reading) -> Metric:
    """Return a reading as the library has it. The library adds `_total` to the name of a counter."""
    family, values = reading.family, reading.values
    if isinstance(values, Durations):
        bounds = [*map(floatToGoString, BOUNDS), "+Inf"]
        buckets = list(zip(bounds, accumulate(values.counts), strict=True))
        return HistogramMetricFamily(family.name, family.help, buckets=buckets, sum_value=values.seconds)
    kind = CounterMetricFamily if family.kind is Kind.COUNTER else GaugeMetricFamily
    found = kind(family.name, family.help, labels=family.labels)
    for labels, value in values.items():
        found.add_metric(labels, value)
    return found


def text(readings: Iterable[Reading]) -> bytes:
    """Return what a scrape receives."""
    registry = CollectorRegistry()
    registry.register(Readings([*readings]))
    ProcessCollector(namespace=PREFIX, registry=registry)
    return generate_latest(registry)
