"""What a metric is, without any library: its name and help text, and its values at one moment."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from enum import Enum

import attrs

# Seconds, up to and including which a duration counts in a bucket: from less than a line costs to far too long.
BOUNDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Kind(Enum):
    """The type of a metric, by its name in the text format of Prometheus."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@attrs.define(eq=False)
class Durations:
    """How often something took how long. `counts` has a number for each of `BOUNDS`, and one for what took longer."""

    counts: list[int] = attrs.field(factory=lambda: [0] * (len(BOUNDS) + 1), init=False)
    seconds: float = attrs.field(default=0.0, init=False)  # of all together

    def add(self, seconds: float) -> None:
        """Count a duration."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def copy(self) -> Durations:
        """Return the counts of this moment."""
        copied = Durations()
        copied.counts[:], copied.seconds = self.counts, self.seconds
        return copied


Values = Mapping[tuple[str, ...], float] | Durations
"""The value for each combination of labels, () where a metric has none; or the durations of a histogram."""


@attrs.frozen
class Family:
    """A metric: its name as it is exposed, its help text, and the names of its labels.

    The name and the help text follow prometheus.io, "Metric and label naming" and "Writing client libraries".
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


@attrs.frozen
class Reading:
    """A metric and its values at one moment."""

    family: Family
    values: Values
