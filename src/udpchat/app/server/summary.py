"""What the operator is told when asking (SIGUSR1) and at the end."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import islice

import structlog

from udpchat.app.hub.hub import Hub
from udpchat.domain.machine.chat import Chat

BATCH = 40  # clients in one log line, which a pipe with room takes without waiting
PAUSE = 0.02  # seconds between two such lines: 10,000 clients take five seconds, and a pipe is not filled at once

log = structlog.get_logger(__name__)


def log_counts(what: str, hub: Hub) -> None:
    """Log how many clients there are, and how much was dropped for which reason."""
    drops = {reason.value: count for reason, count in hub.admission.drops.items() if count}
    log.info(what, asked_for=True, clients=len(hub.chat.state.roster), dropped=drops, bugs=dict(hub.bugs.counts))


def nodes(chat: Chat) -> list[dict[str, str | int]]:
    """Return what is known of each server that serves the room, where there are several.

    Its name, its clients, how many lines were said since it last told that its clients have all, and for how
    many seconds it has been silent.
    """
    clients = Counter(chat.state.directory.node(member.address) for member in chat.state.roster)
    return [
        {
            "node": name,
            "clients": clients[name],
            "lines_behind": chat.state.history.said - node.said,
            "silent_for": round(chat.state.nodes.silence(name)),
        }
        for name, node in sorted(chat.state.nodes.alive.items())
    ]


async def report(hub: Hub) -> None:
    """Log the counts, each node, and for clients whose address /list hides what stands there and where it really is.

    All of them, as they are now, however many: a batch at a time, for who reads the log to keep up.
    """
    asked = log.bind(asked_for=True)
    log_counts("summary", hub)
    for node in nodes(hub.chat):
        asked.info("node", **node)
    hidden = [(hub.chat.state.show(member.address), str(member.address)) for member in hub.chat.state.roster]
    differing = iter([f"{shown} {address}" for shown, address in hidden if shown != address])
    while batch := list(islice(differing, BATCH)):
        asked.info("hidden addresses", clients=batch)
        await asyncio.sleep(PAUSE)
