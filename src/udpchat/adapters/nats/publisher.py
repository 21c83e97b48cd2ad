"""The publisher of a node: everything that is taken in one turn of the event loop is published together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import attrs

from udpchat.adapters.nats.connection import TROUBLE, describe
from udpchat.adapters.nats.link import LogLink


@attrs.define(eq=False)
class Publisher:
    """Publishes what the replica has to publish, from `start` to `stop`. `failed` gets the exception of a bug."""

    link: LogLink
    failed: Callable[[BaseException], None]
    _loop: asyncio.AbstractEventLoop | None = attrs.field(default=None, init=False)
    _scheduled: asyncio.Handle | None = attrs.field(default=None, init=False)

    def start(self) -> None:
        """Begin to publish, in the running event loop."""
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        """Publish nothing more."""
        self._loop = None
        if self._scheduled is not None:
            self._scheduled.cancel()

    def publish_soon(self) -> None:
        """Publish when the event loop gets to it."""
        if self._loop is not None and self._scheduled is None:
            self._scheduled = self._loop.call_soon(self._publish)

    def _publish(self) -> None:
        self._scheduled = None
        connection = self.link.writable
        if connection is None:
            return
        try:
            for entry in self.link.replica.outgoing():
                connection.publish_now(self.link.stream.subject, entry)
        except TROUBLE as exc:
            self.link.lose(describe(exc))
        except Exception as exc:  # noqa: BLE001 - the event loop would only log it, and the entries would be lost
            self.failed(exc)
