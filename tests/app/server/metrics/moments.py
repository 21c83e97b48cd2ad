"""A server that lacks no metric."""

from __future__ import annotations

from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.room import Room
from udpchat.adapters.metrics.exposition import text
from udpchat.app.server.metrics.meter import Meter
from udpchat.app.server.metrics.table import Moment, readings
from udpchat.app.server.storage import Figures

NICKNAME, HOST = "Zaphod", "10.203.113.77"


def moment() -> Moment:
    """Return a server with a client, a journal and a cluster, so that no metric lacks a value."""
    room, meter = Room(iter([NICKNAME, *"abcdefgh"])), Meter()
    meter.carriers([room.carrier])
    client = room.client(HOST, 4444)
    client.say("hello\n")
    client.say("hello again\n")
    nodes: list[dict[str, str | int]] = [{"node": "a", "clients": 1, "lines_behind": 2, "silent_for": 3}]
    return Moment("", room.hub, meter, Figures(size=4096, lost=False, lag=0.5), nodes)


def scraped() -> list[Metric]:
    """Return what a scrape of that server has."""
    return list(text_string_to_metric_families(text(readings(moment())).decode()))


def exposed(metric: Metric) -> str:
    """Return the name that a metric is scraped by; the parser takes the end of counters away."""
    return f"{metric.name}_total" if metric.type == "counter" else str(metric.name)
