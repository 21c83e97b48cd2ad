"""Which sockets one selector watches, and for what."""

from __future__ import annotations

import selectors
import socket
from collections import deque
from collections.abc import Iterable

import attrs

from udpchat.adapters.tcp.connection import Connection, State

READABLE, WRITABLE = selectors.EVENT_READ, selectors.EVENT_WRITE

Event = tuple[selectors.SelectorKey, int]
"""A connection, or a listening socket, as the `data` of a key, and what it is ready for."""


@attrs.define(eq=False)
class Watch:
    """A selector for connections and listening sockets. An event loop can watch it as one socket.

    Events that are not taken at once are given again, so that all have their turn before one has its second.
    """

    _selector: selectors.BaseSelector = attrs.field(factory=selectors.DefaultSelector, init=False)
    _ready: deque[Event] = attrs.field(factory=deque, init=False)
    _listeners: frozenset[socket.socket] = attrs.field(default=frozenset(), init=False)

    def fileno(self) -> int:
        """Return the file descriptor, which is readable when there are events. Linux and BSD have one."""
        return self._selector.fileno()  # type: ignore[attr-defined,no-any-return]  # of epoll and kqueue

    def listen(self, sockets: Iterable[socket.socket]) -> None:
        """Watch these listening sockets, and no others."""
        wanted = frozenset(sockets)
        for sock in self._listeners - wanted:
            self._selector.unregister(sock)
        for sock in wanted - self._listeners:
            self._selector.register(sock, READABLE, sock)
        self._listeners = wanted

    def follow(self, connection: Connection) -> None:
        """Watch a connection for what it waits for now."""
        events = 0
        if connection.state is not State.CLOSED:
            events = (READABLE if connection.hears else 0) | (WRITABLE if connection.unread else 0)
        if events == connection.watched:
            return
        if not events:
            self._selector.unregister(connection.sock)
        elif not connection.watched:
            self._selector.register(connection.sock, events, connection)
        else:
            self._selector.modify(connection.sock, events, connection)
        connection.watched = events

    def ready(self, seconds: float = 0.0) -> deque[Event]:
        """Return the events that were left before, or those of now; wait so long for one. Whoever takes one pops it."""
        ready = self._ready
        if not ready:
            ready.extend(self._selector.select(seconds))
        return ready

    def close(self) -> None:
        """Watch nothing any more."""
        self._selector.close()
