"""Everything that JetStream keeps, as an operator's tools show it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import nats
from nats.js.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from nats.js import JetStreamContext

    from tests.nats_servers import NatsCluster


@asynccontextmanager
async def tools(servers: NatsCluster) -> AsyncIterator[JetStreamContext]:
    """Give the tools that an operator has for NATS servers."""
    connection = await nats.connect(servers.each[0].url)
    try:
        yield connection.jetstream()
    finally:
        await connection.close()


async def stored(servers: NatsCluster) -> dict[str, bytes]:
    """Return all messages of each stream, one after another: the log, the parts of snapshots, and the key."""
    found = {}
    async with tools(servers) as js:
        for stream in await js.streams_info():
            parts = []
            for place in range(max(1, stream.state.first_seq), stream.state.last_seq + 1):
                try:
                    message = await js.get_msg(str(stream.config.name), place)
                except NotFoundError:  # was deleted
                    continue
                parts.append(f"{message.subject} ".encode() + (message.data or b""))
            found[str(stream.config.name)] = b"\n".join(parts)
    return found
