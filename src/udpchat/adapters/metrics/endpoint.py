"""The whole endpoint: the application behind the HTTP server. Only a server that is watched needs to import it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from udpchat.adapters.metrics.address import HostPort
from udpchat.adapters.metrics.application import Application, Watched
from udpchat.adapters.metrics.asking import Asker
from udpchat.adapters.metrics.server import MetricsServer


def serve(at: HostPort, loop: asyncio.AbstractEventLoop, watched: Watched) -> MetricsServer:
    """Serve the metrics of what runs in an event loop; raise `MetricsError`.

    What is a bug of ours goes to the exception handler of the event loop.
    """

    def failed(exc: BaseException) -> None:
        with suppress(RuntimeError):  # the event loop is closed
            loop.call_soon_threadsafe(
                loop.call_exception_handler, {"message": "cannot serve metrics", "exception": exc}
            )

    return MetricsServer.start(at, Application(Asker(loop), watched, failed), failed)
