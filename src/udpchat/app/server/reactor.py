"""What the event loop calls: when a socket is readable or writable, and as time passes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import attrs

from udpchat.app.hub.hub import TICK, Hub
from udpchat.app.hub.pacer import PACE
from udpchat.app.logs.drops import DropLog
from udpchat.domain.ports.carrier import Socket, SocketCarrier, Source

# Turns of the hub before signals and other sockets get theirs. This spares a busy room most rounds of the event loop.
TURNS = 8


@attrs.define(eq=False)
class Reactor:
    """Turns the hub when a socket is readable, and flushes a carrier when one of its sockets is writable again."""

    loop: asyncio.AbstractEventLoop
    hub: Hub
    carriers: Sequence[SocketCarrier]
    alive: Callable[[], None]  # called every second, as long as the loop runs
    _drops: DropLog = attrs.field(init=False)
    _resuming: asyncio.Handle | None = attrs.field(default=None, init=False)
    _ticking: asyncio.Handle | None = attrs.field(default=None, init=False)
    _listens: bool = attrs.field(default=False, init=False)
    _pacing: asyncio.Handle | None = attrs.field(default=None, init=False)
    _blocked: set[Socket] = attrs.field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        self._drops = DropLog(self.hub.admission.drops)

    def start(self) -> None:
        """Begin to read, and to let time pass."""
        self._ticking = self.loop.call_later(TICK, self._tick)
        self._listen()

    def stop(self) -> None:
        """Stop both."""
        for handle in (self._resuming, self._ticking, self._pacing):
            if handle:
                handle.cancel()
        self._ticking = None  # tells `wake` that it is over
        self._pause()
        for sock in self._blocked:
            self.loop.remove_writer(sock)

    def wake(self) -> None:
        """Handle what the journal has committed. This must not be called from within the hub."""
        if not self._ticking:
            return
        try:
            self.hub.advance()
            self._go_on(self.carriers[0])
        except Exception as exc:  # noqa: BLE001 - the caller is not to blame for a bug of the hub
            self.loop.call_exception_handler({"message": "cannot advance", "exception": exc})

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
        turn = self.hub.turn
        if not turn(source):  # then the socket is readable because of errors about datagrams that were sent
            carrier.look_for_errors()
        for _ in range(TURNS - 1):
            if not turn(source):
                break
        self._go_on(source)

    def _tick(self) -> None:
        self._ticking = self.loop.call_later(TICK, self._tick)
        self.alive()
        self.hub.tick()
        for carrier in self.carriers:
            carrier.count_lost()
        self._drops.log()
        self._go_on(self.carriers[0])

    def _go_on(self, source: Source) -> None:
        """Arrange that unfinished work goes on when it can."""
        # No socket is readable for lines, or reports, that were taken from it already.
        unfinished = self.hub.unfinished or any(carrier.reported for carrier in self.carriers)
        if unfinished and not self._resuming:
            self._resuming = self.loop.call_soon(self._resume, source)
        if self.hub.full == self._listens:  # what comes in the meantime waits in the kernel
            (self._pause if self._listens else self._listen)()
        if self.hub.pacing and not self._pacing:
            self._pacing = self.loop.call_later(PACE, self._pace)
        for carrier in self.carriers:
            for sock in carrier.blocked():
                self._blocked.add(sock)
                self.loop.add_writer(sock, self._writable, carrier, sock)

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
