"""Log lines for the operator: on SIGUSR1 and when the server stops."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import islice
from typing import Any

import structlog

from udpchat.app.hub.hub import Hub
from udpchat.domain.machine.chat import Chat

BATCH = 40  # clients in one log line: it stays below PIPE_BUF, which a pipe takes without blocking (pipe(7))
PAUSE = 0.02  # seconds between two such lines, so that a reader can keep up: 10,000 clients take five seconds

log = structlog.get_logger(__name__)


def counts(hub: Hub) -> dict[str, Any]:
    """Return the number of clients, what was dropped for which reason, and the bugs."""
    drops = {reason.value: count for reason, count in hub.admission.drops.items() if count}
    return {"clients": len(hub.chat.state.roster), "dropped": drops, "bugs": dict(hub.bugs.counts)}


def log_counts(event: str, hub: Hub) -> None:
    """Log the counts."""
    log.info(event, unthrottled=True, **counts(hub))


def node_rows(chat: Chat) -> list[dict[str, str | int]]:
    """Return one row for each node of a cluster, by name; nothing for a server alone.

    `clients` counts the members that are its clients. `lines_behind` counts the lines of the room that its last
    heartbeat did not confirm. `silent_for` counts the seconds since that heartbeat in which another node was in touch.
    """
    clients = Counter(chat.state.directory.node(member.address) for member in chat.state.roster)
    return [
        {
            "node": name,
            "clients": clients[name],
            "lines_behind": chat.state.reception.said - node.said,
            "silent_for": round(chat.state.nodes.silence(name)),
        }
        for name, node in sorted(chat.state.nodes.alive.items())
    ]


async def report(hub: Hub) -> None:
    """Log the counts, each node, and the address of each client whose address /list hides.

    The report is of this moment and complete: the throttle lets all of its lines pass.
    """
    unthrottled = log.bind(unthrottled=True)
    log_counts("summary", hub)
    for row in node_rows(hub.chat):
        unthrottled.info("node", **row)
    shown = [(hub.chat.state.show(member.address), str(member.address)) for member in hub.chat.state.roster]
    hidden = iter([f"{alias} {address}" for alias, address in shown if alias != address])
    while batch := list(islice(hidden, BATCH)):
        unthrottled.info("hidden addresses", clients=batch)
        await asyncio.sleep(PAUSE)
