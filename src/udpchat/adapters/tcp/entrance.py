"""Where connections come in: they are accepted and counted, and their first bytes show what they speak."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import cast

import attrs
import structlog

from udpchat.adapters.networks import network_of_host
from udpchat.adapters.tcp.census import Census
from udpchat.adapters.tcp.connection import Connection, State
from udpchat.adapters.tcp.listener import Exhausted, Listener
from udpchat.adapters.tcp.protocols.protocol import Ending
from udpchat.adapters.tcp.protocols.sniffing import SILENCE, Speech, recognise
from udpchat.adapters.tcp.protocols.speakers import Speakers
from udpchat.adapters.udp.address import SockAddr

MAX_ACCEPTED = 64  # connections accepted at once: a flood must not keep those waiting that are here
# Browsers open connections that they may need. Chromium closes those that it did not need after 10 s, and these are no
# people who wait to read something.
BROWSING_SECONDS = 10.0  # for which a host is one with a browser, from its last request on
SPARE_SECONDS = 12.0  # of silence until a connection from such a host is text; who types something is in at once
MAX_BROWSING = 4096  # hosts with a browser: those of a congress

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class Entrance:
    """Lets connections in, up to the bounds of a census.

    It `is_shut` while the listening sockets must not be watched: there is no file descriptor left, or too many
    connections have not said what they speak. Then others wait in the kernel.
    """

    listener: Listener
    census: Census
    speakers: Speakers
    is_exhausted: bool = attrs.field(default=False, init=False)
    waiting: deque[Connection] = attrs.field(factory=deque, init=False)  # in the order in which their time is over
    spare: deque[Connection] = attrs.field(factory=deque, init=False)  # those that a browser may not need, likewise
    _browsing: dict[str, float] = attrs.field(factory=dict, init=False)  # host -> time of its last request, in order

    @property
    def is_shut(self) -> bool:
        """Whether no connection may be accepted now."""
        return self.is_exhausted or self.census.is_busy

    def accept(self, sock: socket.socket, now: float) -> Iterator[Connection]:
        """Yield the connections that wait at a listening socket, up to a bound."""
        for _ in range(MAX_ACCEPTED):
            if self.is_shut:
                return
            try:
                accepted = self.listener.accept(sock)
            except Exhausted:
                self.is_exhausted = True
                log.warning("no connection can be accepted now, too many files are open", remedy="ulimit -n")
                return
            if accepted is None:
                return
            connection, peer = accepted
            network = network_of_host(peer[0].partition("%")[0])
            if not self.census.admits(network):
                _refuse(connection)
                continue
            self.census.come(network)
            made = Connection(connection, peer, network, now)
            self.waiting.append(made)
            yield made

    def look(self, connection: Connection) -> bool:
        """Find out what a connection speaks by its first bytes; return whether it is known. At their end it is."""
        first = connection.peek()
        if first is not None and recognise(first) is None:
            return False
        self.identify(connection, first or b"")
        return True

    def identify(self, connection: Connection, first: bytes = b"") -> None:
        """Give a connection the protocol for its first bytes. What they do not decide is text."""
        speech = recognise(first) or Speech.TEXT
        if speech is Speech.HTTP:
            self._note_browser(connection)
        here = cast("SockAddr", connection.sock.getsockname())
        connection.identify(self.speakers.make(speech, first, connection.peer, here))
        if not connection.is_spare:
            self.census.identify(connection.network)

    def leave(self, connection: Connection) -> None:
        """Forget a connection that is about to be closed."""
        if connection.state is State.NEW and not connection.is_spare:
            self.census.identify(connection.network)
        self.census.leave(connection.network)

    def silent(self, now: float) -> Iterator[Connection]:
        """Yield the connections whose time is over in which to say what they speak."""
        while self.waiting and (self.waiting[0].state is not State.NEW or self.waiting[0].began + SILENCE <= now):
            connection = self.waiting.popleft()
            if connection.state is not State.NEW:
                continue
            if connection.began - self._browsing.get(connection.peer[0], -BROWSING_SECONDS) < BROWSING_SECONDS:
                connection.is_spare = True
                self.census.identify(connection.network)  # its second is over
                self.spare.append(connection)
            else:
                yield connection
        while self.spare and (self.spare[0].state is not State.NEW or self.spare[0].began + SPARE_SECONDS <= now):
            connection = self.spare.popleft()
            if connection.state is State.NEW:
                yield connection

    def due(self, now: float) -> float | None:
        """Return in how many seconds `silent` has something to do; None for never."""
        times = []
        for waiting, seconds in ((self.waiting, SILENCE), (self.spare, SPARE_SECONDS)):
            while waiting and waiting[0].state is not State.NEW:
                waiting.popleft()
            if waiting:
                times.append(max(0.0, waiting[0].began + seconds - now))
        return min(times, default=None)

    def _note_browser(self, connection: Connection) -> None:
        """Take note that a host has a browser. The host that asked longest ago is forgotten if there are too many."""
        self._browsing.pop(connection.peer[0], None)
        self._browsing[connection.peer[0]] = connection.began
        if len(self._browsing) > MAX_BROWSING:
            del self._browsing[next(iter(self._browsing))]


def _refuse(connection: socket.socket) -> None:
    """Write why to a connection that is too many, if it takes that at once, and close it."""
    with connection, suppress(OSError):
        connection.send(f"{Ending.TOO_MANY.line}\n".encode())
