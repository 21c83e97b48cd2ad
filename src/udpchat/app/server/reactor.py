"""What the event loop has the hub do: when a socket is readable or writable, and as time passes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import attrs

from udpchat.adapters.udp.carrier import UdpCarrier
from udpchat.app.hub.hub import TICK, Hub
from udpchat.app.hub.pacer import PACE
from udpchat.app.logs.drops import DropLog
from udpchat.domain.ports.carrier import Source

# Turns of the hub before signals and other sockets get theirs; this spares a busy room most trips through the loop.
TURNS = 4


@attrs.define(eq=False)
class Reactor:
    """Turns the hub when a socket is readable, and flushes the transport when one is writable again."""

    loop: asyncio.AbstractEventLoop
    hub: Hub
    carrier: UdpCarrier
    alive: Callable[[], None]  # called every second or so, as long as all is well
    _drops: DropLog = attrs.field(init=False)
    _resuming: asyncio.Handle | None = attrs.field(default=None, init=False)
    _ticking: asyncio.Handle | None = attrs.field(default=None, init=False)
    _listens: bool = attrs.field(default=False, init=False)
    _pacing: asyncio.Handle | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._drops = DropLog(self.carrier.drops)

    def start(self) -> None:
        """Begin to listen, and to let time pass."""
        self._ticking = self.loop.call_later(TICK, self._tick)
        self._listen()

    def stop(self) -> None:
        """End that."""
        for handle in (self._resuming, self._ticking, self._pacing):
            if handle:
                handle.cancel()
        self._ticking = None  # by which `wake` knows that it is over
        self._pause()
        for sock in self.carrier.sockets:
            self.loop.remove_writer(sock)

    def wake(self) -> None:
        """Have the hub handle what the journal has committed, at once; not to be called from within the hub."""
        if not self._ticking:
            return
        try:
            self.hub.advance()
            self._go_on(self.carrier)
        except Exception as exc:  # noqa: BLE001 - it is no fault of who wakes us
            self.loop.call_exception_handler({"message": "cannot advance", "exception": exc})

    def _listen(self) -> None:
        self._listens = True
        for sock, calls in zip(self.carrier.sockets, self.carrier.calls, strict=True):
            self.loop.add_reader(sock, self._readable, calls)

    def _pause(self) -> None:
        self._listens = False
        for sock in self.carrier.sockets:
            self.loop.remove_reader(sock)

    def _readable(self, source: Source) -> None:
        if not self.hub.turn(source):  # then what woke us are errors about datagrams that were sent
            self.carrier.look_for_errors()
        for _ in range(TURNS - 1):
            if not self.hub.turn(source):
                break
        self._go_on(source)

    def _tick(self) -> None:
        self._ticking = self.loop.call_later(TICK, self._tick)
        self.alive()
        self.hub.tick()
        self.carrier.count_lost()
        self._drops.log()
        self._go_on(self.carrier)

    def _go_on(self, source: Source) -> None:
        """See to it that what was left undone is done when it can be."""
        # No socket will tell of lines, or reports, that were taken from it.
        if (self.hub.unfinished or self.carrier.reported) and not self._resuming:
            self._resuming = self.loop.call_soon(self._resume, source)
        if self.hub.full == self._listens:  # what comes meanwhile waits in the kernel
            (self._pause if self._listens else self._listen)()
        if self.hub.pacing and not self._pacing:
            self._pacing = self.loop.call_later(PACE, self._pace)
        for sock in self.carrier.blocked():
            self.loop.add_writer(sock, self._writable, sock)

    def _resume(self, source: Source) -> None:
        self._resuming = None
        self._readable(source)

    def _pace(self) -> None:
        self._pacing = None
        self.hub.pace()
        self._go_on(self.carrier)

    def _writable(self, sock: socket.socket) -> None:
        if self.carrier.flush(sock):
            self.loop.remove_writer(sock)
        self._go_on(self.carrier)
