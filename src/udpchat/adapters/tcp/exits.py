"""The connections that are about to end, each with a deadline."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import attrs

from udpchat.adapters.tcp.connection import Connection, State

LINGER = 2.0  # seconds in which a client takes its last bytes, and ends its half
# Seconds for which a client that sends nothing more is still answered after its last line: `echo /list | nc`. A
# cluster needs them to commit the line.
ANSWERED = 1.0


@attrs.define(eq=False)
class Exits:
    """Connections in the order of their deadlines: those that are being closed, and those that only listen."""

    _closing: deque[tuple[float, Connection]] = attrs.field(factory=deque, init=False)
    _listening: deque[tuple[float, Connection]] = attrs.field(factory=deque, init=False)

    def __bool__(self) -> bool:
        return bool(self._closing or self._listening)

    def close(self, connection: Connection, now: float) -> None:
        """Wait until its last bytes were taken, for a while."""
        self._closing.append((now + LINGER, connection))

    def listen(self, connection: Connection, now: float) -> None:
        """Let it read answers for a while."""
        self._listening.append((now + ANSWERED, connection))

    def overdue(self, now: float) -> Iterator[Connection]:
        """Yield those whose time is over, in the state in which they are then."""
        for waiting in (self._closing, self._listening):
            while waiting and waiting[0][0] <= now:
                _, connection = waiting.popleft()
                if connection.state is not State.CLOSED:
                    yield connection

    def due(self, now: float) -> float | None:
        """Return in how many seconds `overdue` yields one, at the latest; None if there is none."""
        deadlines = [waiting[0][0] for waiting in (self._closing, self._listening) if waiting]
        return max(0.0, min(deadlines) - now) if deadlines else None
