"""All metrics: their names and help texts, and what each is read from. docs/operating.md has the same table.

A node of a cluster counts its own clients, sends and drops. What is said, and the rooms, are the same on all nodes.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence

import attrs

import udpchat
from udpchat.adapters.metrics.families import Family, Kind, Reading, Values
from udpchat.app.hub.hub import Hub
from udpchat.app.server.metrics.meter import Meter, Sent
from udpchat.app.server.storage import Figures
from udpchat.app.server.summary import node_rows
from udpchat.domain.drop_reason import DropReason

Row = Mapping[str, str | int]


@attrs.frozen
class Moment:
    """A server at one moment: why it is not ready, "" if it is, and its parts. `nodes` are those of its cluster."""

    obstacle: str
    hub: Hub
    meter: Meter
    journal: Figures
    nodes: Sequence[Row]

    @classmethod
    def of(cls, obstacle: str, hub: Hub, meter: Meter, journal: Figures) -> Moment:
        """Look at a server."""
        return cls(obstacle, hub, meter, journal, node_rows(hub.chat))

    def clients(self) -> Values:
        """Return how many clients this server has on each of its carriers."""
        clients = self.hub.chat.state.roster.clients
        return {(each.name,): len(clients.group(each.name)) for each in self.hub.carriers}

    def sent(self, count: Callable[[Sent], int]) -> Values:
        """Return what was sent on each carrier."""
        return {(name,): count(sent) for name, sent in self.meter.sent.items()}

    def drops(self) -> Values:
        """Return how much was dropped for each reason, but for what the kernel dropped."""
        drops = self.hub.admission.drops
        return {(each.value,): drops[each] for each in DropReason if each is not DropReason.RECEIVE_BUFFER}

    def of_nodes(self, key: str) -> Values:
        """Return a number for each node of the cluster."""
        return {(str(row["node"]),): float(row[key]) for row in self.nodes}


def _one(value: float | None) -> Values:
    """Return the value of a metric without labels; none if there is no value."""
    return {} if value is None else {(): value}


def _counter(name: str, text: str, *labels: str) -> Family:
    return Family(f"udpchat_{name}", Kind.COUNTER, text, labels)


def _gauge(name: str, text: str, *labels: str) -> Family:
    return Family(f"udpchat_{name}", Kind.GAUGE, text, labels)


def _histogram(name: str, text: str) -> Family:
    return Family(f"udpchat_{name}", Kind.HISTOGRAM, text)


BUILD = _gauge("build_info", "The version of udpchat and of Python; the value is 1.", "version", "python")
READY = _gauge("ready", "Whether the server is ready for clients, as /readyz says: 1 or 0.")

TABLE: Sequence[tuple[Family, Callable[[Moment], Values]]] = (
    (_gauge("clients", "Clients of this server.", "carrier"), Moment.clients),
    (_gauge("max_clients", "Largest number of clients."), lambda it: _one(it.hub.admission.policy.max_clients)),
    (_gauge("rooms", "Rooms, the lobby included."), lambda it: _one(len(it.hub.chat.state.rooms.by_name))),
    (
        _counter("lines_total", "Lines that were said in rooms, by clients of all nodes, since the journal began."),
        lambda it: _one(it.hub.chat.state.reception.said),
    ),
    (
        _counter("deliveries_total", "Datagrams handed to a carrier, one for each client that it goes to.", "carrier"),
        lambda it: it.sent(lambda sent: sent.datagrams),
    ),
    (
        _counter("sent_bytes_total", "Bytes of the datagrams handed to a carrier, without any headers.", "carrier"),
        lambda it: it.sent(lambda sent: sent.bytes),
    ),
    (
        _counter("drops_total", "Datagrams, lines and long replies that were dropped, as the reason says.", "reason"),
        Moment.drops,
    ),
    (
        _counter("kernel_drops_total", "Datagrams that the kernel dropped because the receive buffer was full."),
        lambda it: _one(it.hub.admission.drops[DropReason.RECEIVE_BUFFER]),
    ),
    (
        _counter("bugs_total", "Internal errors: each cost the line that it happened on, and the log has its place."),
        lambda it: _one(sum(it.hub.bugs.counts.values())),
    ),
    (
        _histogram("turn_duration_seconds", "How long a turn took: up to 256 datagrams are handled in one."),
        lambda it: it.meter.turns.copy(),
    ),
    (
        _histogram("commit_duration_seconds", "How long the journal took to commit what it was given."),
        lambda it: it.meter.commits.copy(),
    ),
    (_gauge("journal_size_bytes", "Bytes of the journal's file and its log."), lambda it: _one(it.journal.size)),
    (
        _gauge(
            "journal_lost", "Whether the journal's file cannot be written, so that the room goes on without: 1 or 0."
        ),
        lambda it: _one(it.journal.lost),
    ),
    (
        _gauge("cluster_lag_seconds", "For how long the log of the cluster has not answered this node."),
        lambda it: _one(it.journal.lag),
    ),
    (_gauge("cluster_clients", "Clients of each node of the cluster.", "node"), lambda it: it.of_nodes("clients")),
    (
        _gauge("cluster_lines_behind", "Lines that the last heartbeat of each node did not confirm.", "node"),
        lambda it: it.of_nodes("lines_behind"),
    ),
    (
        _gauge("cluster_silence_seconds", "For how long each node has sent no heartbeat.", "node"),
        lambda it: it.of_nodes("silent_for"),
    ),
)


def readings(moment: Moment | None) -> list[Reading]:
    """Return all metrics of a server; while it serves no room, only that it is not ready."""
    ready = moment is not None and not moment.obstacle
    found = [
        Reading(BUILD, {(udpchat.__version__, platform.python_version()): 1}),
        Reading(READY, _one(ready)),
    ]
    return found + [Reading(family, read(moment)) for family, read in TABLE if moment is not None]
