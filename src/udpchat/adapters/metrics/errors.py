"""What can be wrong with the metrics of a server."""

from __future__ import annotations


class MetricsError(Exception):
    """The metrics cannot be served. The text says why."""
