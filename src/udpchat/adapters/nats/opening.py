"""How a node opens its room: it connects, starts from the last snapshot, and reads the log to its end."""

from __future__ import annotations

import asyncio

from nats.js import JetStreamContext
from tenacity import stop_after_delay

from udpchat.adapters.journal.errors import JournalError, Replaced, Stale, Unreadable
from udpchat.adapters.nats.connection import TROUBLE, describe
from udpchat.adapters.nats.link import MAX_BACKOFF, START_SECONDS, LogLink, retrying

# NATS servers that several nodes ask at one moment to create a log may show each another one at first. And what follows
# a snapshot may be deleted before it was read, because something was taken back: then there is a newer snapshot.
OPENINGS = 3


async def open_room(link: LogLink, new_key: bytes) -> bytes:
    """Open a room, which is created if it does not exist; return its key, which is `new_key` for a new room.

    Without a `new_key` the room must exist. Raise `JournalError`.
    """
    stream, key = link.stream, new_key
    try:
        for left in reversed(range(OPENINGS)):
            async with asyncio.timeout(START_SECONDS + 2 * MAX_BACKOFF):
                js = await link.connect(START_SECONDS / 2)
                # Servers that have just started, or have lost one of them, take seconds to elect a leader.
                async for attempt in retrying(stop_after_delay(START_SECONDS)):
                    with attempt:
                        link.log_id = await stream.open(js, create=bool(new_key))
                        await link.snapshots.open(js, stream.replicas)
                        if new_key:
                            key = await stream.agree_on_key(js, new_key)
                        await _restore(link, js)
            try:
                await link.follow(js)
                break
            except (Stale, Replaced) as exc:
                if not left or (isinstance(exc, Replaced) and link.replica.last):
                    raise
    except TROUBLE as exc:
        raise JournalError(f"cannot use the cluster at {stream.servers}: {describe(exc)}") from exc
    except Unreadable as exc:
        raise JournalError(f"the cluster at {stream.servers} {exc}") from exc
    except Stale as exc:
        remedy = f"delete the stream {stream.name} to start a new chat"
        raise JournalError(f"{exc}, and there is no snapshot to start from: {remedy}") from exc
    return key


async def _restore(link: LogLink, js: JetStreamContext) -> None:
    """Start from the newest snapshot that can be read, if there is any; raise `Unreadable` if none can be read."""
    problem: Unreadable | None = None
    async for document, erases in link.snapshots.load(js):
        try:
            link.replica.begin(document)
            if erases:  # whoever saved it may have ended before the rest was deleted
                link.replica.forget()
        except Unreadable as exc:
            problem = exc
            link.report(f"the object store {exc}")
        else:
            return
    if problem:
        raise problem
