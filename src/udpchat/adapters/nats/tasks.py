"""Tasks that run in the background until all of them are cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import attrs

CANCEL_SECONDS = 0.1  # from one cancellation of a task to the next


@attrs.define(eq=False)
class Tasks:
    """Background tasks. `failed` gets the exception with which a task ends."""

    failed: Callable[[BaseException], None]
    _running: set[asyncio.Task[None]] = attrs.field(factory=set, init=False)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine as a task."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._finished)

    async def cancel(self) -> None:
        """Cancel all tasks, and wait until they have ended."""
        while self._running:  # again and again, as the library swallows a cancellation while it flushes
            for task in self._running:
                task.cancel()
            await asyncio.wait(set(self._running), timeout=CANCEL_SECONDS)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (exc := task.exception()):
            self.failed(exc)
