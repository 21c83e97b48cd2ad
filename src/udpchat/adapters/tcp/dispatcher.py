"""Takes what is ready or due to the connection that it is for, once for each turn of the hub."""

from __future__ import annotations

import socket
from collections.abc import Callable

import attrs

from udpchat.adapters.tcp.connection import Connection, Lost, State
from udpchat.adapters.tcp.traffic import Traffic
from udpchat.adapters.tcp.watch import READABLE
from udpchat.domain.datagram import Datagram

MAX_EVENTS = 512  # looked at in one turn: connections that bring no payload must not keep the hub


@attrs.define(eq=False)
class Dispatcher:
    """Runs the traffic. What is raised for a connection costs this one, not the others nor the room.

    `failed` gets what a protocol raised: our own bug.
    """

    traffic: Traffic
    failed: Callable[[Exception], None]
    _shut: bool = attrs.field(default=True, init=False)  # the listening sockets are not watched

    def turn(self, limit: int, now: float) -> list[Datagram]:
        """Read and write what is ready, and do what is due; return at most `limit` payloads."""
        traffic = self.traffic
        entrance, exits = traffic.entrance, traffic.exits
        if entrance.waiting or entrance.spare:
            for connection in entrance.silent(now):
                self._guard(traffic.greet, connection, now)
        for connection in exits.overdue(now) if exits else ():
            if connection.state is State.CLOSING:
                traffic.close_one(connection)
            else:
                traffic.finish(connection, now)
        payloads, ready, left = traffic.payloads, traffic.watch.ready(), MAX_EVENTS
        while ready and left and len(payloads) < limit:
            left -= 1
            key, kinds = ready.popleft()
            which: Connection | socket.socket = key.data
            if isinstance(which, socket.socket):
                traffic.accept(which, now)
                continue
            try:
                if kinds == READABLE and which.state is State.OPEN:  # nearly always
                    traffic.read(which, now)
                else:
                    traffic.serve(which, now, kinds)
            except Exception as exc:  # noqa: BLE001 - as in `_guard`: a call of it for each line would cost
                self._fail(which, exc)
        if entrance.is_shut is not self._shut:
            self.watch_listeners()
        return [payloads.popleft() for _ in range(min(limit, len(payloads)))]

    @property
    def is_waiting(self) -> bool:
        """Whether anything is due at some time although nothing is ready."""
        traffic = self.traffic
        return bool(traffic.payloads or traffic.entrance.waiting or traffic.entrance.spare or traffic.exits)

    def due(self, now: float) -> float | None:
        """Return in how many seconds `turn` has something to do although nothing is ready; None for never."""
        traffic = self.traffic
        if traffic.payloads:
            return 0.0
        waits = [each for each in (traffic.entrance.due(now), traffic.exits.due(now)) if each is not None]
        return min(waits, default=None)

    def watch_listeners(self) -> None:
        """Watch the listening sockets, unless nobody may come in now."""
        entrance = self.traffic.entrance
        self._shut = entrance.is_shut
        self.traffic.watch.listen(() if self._shut else entrance.listener.sockets)

    def tick(self, connection: Connection, now: float) -> None:
        """Let a protocol do what is due."""
        self._guard(self.traffic.tick, connection, now)

    def _guard(self, do: Callable[[Connection, float], None], connection: Connection, now: float) -> None:
        """Do something with a connection."""
        try:
            do(connection, now)
        except Exception as exc:  # noqa: BLE001 - our own bug in a protocol, or the connection is lost
            self._fail(connection, exc)

    def _fail(self, connection: Connection, exc: Exception) -> None:
        if not isinstance(exc, Lost):
            self.failed(exc)
        self.traffic.close_one(connection)
