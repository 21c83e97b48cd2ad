"""What the operator is told when asking (SIGUSR1) and at the end."""

from __future__ import annotations

from itertools import islice

import structlog

from udpchat.app.hub import Hub

BATCH = 40  # clients in one log line, which a pipe with room takes without waiting

log = structlog.get_logger(__name__)


def log_counts(what: str, hub: Hub) -> None:
    """Log how many clients there are, and how much was dropped for which reason."""
    drops = {reason.value: count for reason, count in hub.admission.drops.items() if count}
    log.info(what, clients=len(hub.chat.roster), dropped=drops, bugs=dict(hub.bugs.counts))


def report(hub: Hub) -> None:
    """Log the counts, and for each client whose address /list hides what stands there and where it really is."""
    log_counts("summary", hub)
    hidden = ((hub.chat.show(member.address), str(member.address)) for member in hub.chat.roster)
    differing = (f"{shown} {address}" for shown, address in hidden if shown != address)
    while batch := list(islice(differing, BATCH)):
        log.info("hidden addresses", clients=batch)
