"""The signals of a server: those that end it, and SIGHUP, on which it reads its settings again.

The program ignores or obeys signals before this (`app/__main__.py`).
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)

_STANDARD_INPUT = 0


def signalled(loop: asyncio.AbstractEventLoop, reload: Callable[[], object]) -> asyncio.Future[None]:
    """Return a future that is done as soon as SIGINT or SIGTERM comes, and call `reload` for each SIGHUP.

    It is no task: a task would be done some rounds of the event loop later, and a round of a busy room takes long.

    The system also sends SIGHUP if a terminal is closed. A server that was started in it ends, as any program does.
    """
    stopped: asyncio.Future[None] = loop.create_future()
    in_terminal = os.isatty(_STANDARD_INPUT)

    def stop() -> None:
        if not stopped.done():
            stopped.set_result(None)

    def hang_up() -> None:
        (stop if in_terminal and not os.isatty(_STANDARD_INPUT) else reload)()

    loop.add_signal_handler(signal.SIGUSR1, lambda: None)  # the default action would end a server that still starts
    loop.add_signal_handler(signal.SIGHUP, hang_up)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    return stopped
