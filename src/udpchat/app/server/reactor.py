"""The callbacks of the event loop: for sockets that are readable or writable, and for timers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import attrs

from udpchat.app.hub.hub import TICK, Hub
from udpchat.app.hub.pacer import PACE
from udpchat.app.logs.drops import DropLog
from udpchat.app.logs.presence import MinuteLog, PresenceLog
from udpchat.domain.ports.carrier import Socket, SocketCarrier, Source

# The hub takes so many turns before the event loop serves signals and other sockets. A busy room needs fewer rounds of
# the event loop then. In a large room, one turn may take longer than all of these should.
TURNS = 8
MAX_SECONDS = 0.02  # after which no other turn begins


@attrs.define(eq=False)
class Reactor:
    """Runs the hub when a socket is readable, and flushes a carrier when one of its sockets is writable again."""

    loop: asyncio.AbstractEventLoop
    hub: Hub
    carriers: Sequence[SocketCarrier]
    alive: Callable[[], None]  # called at each tick while the event loop runs
    ending: Callable[[], bool]  # whether a signal has come: nothing more is read, although `stop` is yet to be called
    _drops: DropLog = attrs.field(init=False)
    _presence: PresenceLog = attrs.field(init=False)
    _minute: MinuteLog = attrs.field(init=False)
    _resuming: asyncio.Handle | None = attrs.field(default=None, init=False)
    _ticking: asyncio.Handle | None = attrs.field(default=None, init=False)
    _listens: bool = attrs.field(default=False, init=False)
    _pacing: asyncio.Handle | None = attrs.field(default=None, init=False)
    _due: dict[SocketCarrier, asyncio.TimerHandle] = attrs.field(factory=dict, init=False)
    _blocked: set[Socket] = attrs.field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        hub = self.hub
        self._drops = DropLog(hub.admission.drops)
        self._presence = PresenceLog(hub.chat.state, hub.outbox.left)
        self._minute = MinuteLog(hub.chat.state, hub.admission.drops)

    def start(self) -> None:
        """Start to read the sockets, and start the timer."""
        self._presence.start()
        self._minute.start(self.loop.time())
        self._ticking = self.loop.call_later(TICK, self._tick)
        self._listen()

    def stop(self) -> None:
        """Stop reading, and stop all timers."""
        for handle in (self._resuming, self._ticking, self._pacing, *self._due.values()):
            if handle:
                handle.cancel()
        self._ticking = None  # `wake` does nothing from now on
        self._pause()
        for sock in self._blocked:
            self.loop.remove_writer(sock)

    def wake(self) -> None:
        """Handle the inputs that the journal has committed. The hub itself must not call this."""
        if not self._ticking:
            return
        try:
            self.hub.advance()
            self._go_on(self.carriers[0])
        except Exception as exc:  # noqa: BLE001 - a bug of the hub must not reach the caller
            self.loop.call_exception_handler({"message": "cannot advance", "exception": exc})

    def log(self) -> None:
        """Log what has changed since the last call."""
        self._drops.log()
        self._minute.log(self._presence.log(), self.loop.time())

    def _listen(self) -> None:
        self._listens = True
        for carrier in self.carriers:
            for sock, source in carrier.sources:
                self.loop.add_reader(sock, self._readable, carrier, source)

    def _pause(self) -> None:
        self._listens = False
        for carrier in self.carriers:
            for sock, _ in carrier.sources:
                self.loop.remove_reader(sock)

    def _readable(self, carrier: SocketCarrier, source: Source) -> None:
        if self.ending():
            return
        turn, time = self.hub.turn, self.loop.time
        end = time() + MAX_SECONDS
        if not turn(source):  # the socket has no datagram, so it reports errors about sent ones
            carrier.look_for_errors()
        for _ in range(TURNS - 1):
            if time() > end or not turn(source):
                break
        self._go_on(source)

    def _tick(self) -> None:
        self._ticking = self.loop.call_later(TICK, self._tick)
        self.alive()
        self.hub.tick()
        for carrier in self.carriers:
            carrier.count_lost()
            carrier.tick(self.hub.chat.state.roster.__contains__)
        self.log()
        self._go_on(self.carriers[0])

    def _go_on(self, source: Source) -> None:
        """Schedule the unfinished work."""
        # The event loop does not know about lines and reports that were already read from a socket.
        unfinished = self.hub.unfinished or any(carrier.reported for carrier in self.carriers)
        if unfinished and not self._resuming:
            self._resuming = self.loop.call_soon(self._resume, source)
        if self.hub.journal.full == self._listens:  # unread datagrams wait in the kernel
            (self._pause if self._listens else self._listen)()
        if self.hub.pacing and not self._pacing:
            self._pacing = self.loop.call_later(PACE, self._pace)
        for carrier in self.carriers:
            for sock in carrier.blocked():
                self._blocked.add(sock)
                self.loop.add_writer(sock, self._writable, carrier, sock)
            if self._listens and (seconds := carrier.due) is not None:
                self._wait(carrier, seconds)

    def _wait(self, carrier: SocketCarrier, seconds: float) -> None:
        """Look at a carrier in so many seconds, or sooner if that is due."""
        due, waiting = self.loop.time() + seconds, self._due.get(carrier)
        if waiting is None or due < waiting.when():
            if waiting is not None:
                waiting.cancel()
            self._due[carrier] = self.loop.call_at(due, self._overdue, carrier)

    def _overdue(self, carrier: SocketCarrier) -> None:
        del self._due[carrier]
        _, source = carrier.sources[0]
        self._readable(carrier, source)

    def _resume(self, source: Source) -> None:
        self._resuming = None
        self._readable(self.carriers[0], source)

    def _pace(self) -> None:
        self._pacing = None
        self.hub.pace()
        self._go_on(self.carriers[0])

    def _writable(self, carrier: SocketCarrier, sock: Socket) -> None:
        if carrier.flush(sock):
            self._blocked.discard(sock)
            self.loop.remove_writer(sock)
        self._go_on(self.carriers[0])
