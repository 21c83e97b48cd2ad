"""A TCP link that a test can cut, between one node and the NATS server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import attrs

from tests.nats_servers import LOOPBACK, free_ports


@attrs.define(eq=False)
class Link:
    """Forwards connections on its port to another port of this machine, until it is cut."""

    far: int
    port: int = attrs.field(factory=lambda: free_ports(1)[0])
    _server: asyncio.Server | None = attrs.field(default=None, init=False)
    _writers: set[asyncio.StreamWriter] = attrs.field(factory=set, init=False)
    _carrying: set[asyncio.Task[None]] = attrs.field(factory=set, init=False)

    @property
    def url(self) -> str:
        """The address of the link, as `--cluster` takes it."""
        return f"nats://{LOOPBACK}:{self.port}"

    async def mend(self) -> None:
        """Accept and forward connections."""
        self._server = await asyncio.start_server(self._carry, LOOPBACK, self.port)

    async def cut(self) -> None:
        """Break all connections, and accept no more."""
        if self._server:
            self._server.close()
            self._server = None
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(LOOPBACK, self.far)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._copy(source, sink))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while some := await source.read(1 << 16):
                sink.write(some)
                await sink.drain()
        sink.transport.abort()


@asynccontextmanager
async def link(far: int) -> AsyncIterator[Link]:
    """Give a link that forwards to a port until it is cut."""
    made = Link(far)
    await made.mend()
    try:
        yield made
    finally:
        await made.cut()
