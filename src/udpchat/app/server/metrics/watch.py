"""Serves the metrics of a server from its start to its end, also while it serves no room."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import ModuleType
from typing import TYPE_CHECKING

import attrs
import structlog

from udpchat.adapters.metrics.address import HostPort
from udpchat.adapters.metrics.errors import MetricsError
from udpchat.adapters.metrics.families import Reading
from udpchat.app.hub.hub import Hub
from udpchat.app.server.metrics import table
from udpchat.app.server.metrics.meter import Meter
from udpchat.app.server.storage import Storage

if TYPE_CHECKING:  # a server that is not watched must not load an HTTP server
    from udpchat.adapters.metrics.server import MetricsServer

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class Watch:
    """Looks at the server whenever somebody asks. Without --metrics, nobody does, and there is no `meter`."""

    meter: Meter | None = attrs.field(default=None, init=False)
    _served: tuple[Hub, Storage] | None = attrs.field(default=None, init=False)
    _server: MetricsServer | None = attrs.field(default=None, init=False)

    def open(self, address: str) -> None:
        """Serve metrics at this address, "" for not at all; raise `MetricsError`."""
        if not address:
            return
        server: MetricsServer = _endpoint_module().serve(HostPort.of(address), asyncio.get_running_loop(), self)
        self._server, self.meter, at = server, Meter(), server.at
        log.info("metrics", url=f"http://{at}/metrics")
        if not at.is_loopback:
            log.warning(
                "whoever can reach this machine can read in the metrics how much is said and when", address=str(at)
            )

    def close(self) -> None:
        """Serve nothing any more."""
        if self._server:
            self._server.close()

    @asynccontextmanager
    async def looking_at(self, hub: Hub, storage: Storage) -> AsyncIterator[None]:
        """Look at this room during the block: it was recovered, and is served."""
        self._served = hub, storage
        try:
            yield
        finally:
            self._served = None

    def obstacle(self) -> str:
        """Return why the server is not ready for clients, "" if it is."""
        if not self._served:
            return "the room is not open"
        hub, storage = self._served
        if storage.ended:
            return f"the room ends: {storage.ended}"
        if hub.journal.full:
            return "the journal is full: too much waits to be committed, so nothing is read"
        return "" if storage.figures().in_step else "this node is not in step with the log of the cluster"

    def readings(self) -> Sequence[Reading]:
        """Return all metrics."""
        if not self._served or not self.meter:
            return table.readings(None)
        hub, storage = self._served
        return table.readings(table.Moment.of(self.obstacle(), hub, self.meter, storage.figures()))


def _endpoint_module() -> ModuleType:
    """Import the module of the endpoint, whose library is an extra; raise `MetricsError` without it."""
    try:
        return importlib.import_module("udpchat.adapters.metrics.endpoint")
    except ModuleNotFoundError as exc:
        raise MetricsError(f"--metrics needs the package {exc.name}: pip install 'udpchat[metrics]'") from exc
