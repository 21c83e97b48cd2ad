"""Waiting for a condition, with a limit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

LIMIT = 60  # seconds; far more than anything here takes, so that a busy machine fails no test
PAUSE = 0.005  # seconds between two looks


def until(condition: Callable[[], object], what: Callable[[], object] = lambda: "") -> None:
    """Return once `condition` is true; fail, saying `what` it was like, if that takes longer than `LIMIT`."""
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, f"waited {LIMIT} s: {what()}"
        time.sleep(PAUSE)


async def eventually(condition: Callable[[], object], what: Callable[[], object] = lambda: "") -> None:
    """As `until`, while the event loop goes on."""
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end, f"waited {LIMIT} s: {what()}"
        await asyncio.sleep(PAUSE)
