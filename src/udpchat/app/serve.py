"""The composition root: the only place where adapters, the hub, the event loop and signals are put together."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import signal
import socket
import sys
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import attrs
import structlog

import udpchat
from udpchat.adapters import sendmmsg, sockets
from udpchat.adapters.udp import Calls, PortableCalls, UdpTransport
from udpchat.app import logs
from udpchat.app.hub import Hub
from udpchat.app.settings import FanOut, Settings
from udpchat.domain.chat import Chat
from udpchat.domain.ports import Source

ENTROPY_BITS = 64
# Turns of the hub before signals and other sockets get theirs; this spares a busy room most trips through the loop.
TURNS = 4
_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound
_ELSEWHERE = ("192.0.2.1", 9)  # RFC 5737: nobody's address; the route there tells our own, and nothing is sent

log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Open the room, say how to join it, and serve it until SIGINT or SIGTERM.

    Raise `sockets.ListenError` if the room cannot be opened.
    """
    transport = open_transport(settings)
    # Seeded once: nicknames must differ from start to start, and each line costs less than asking the system would.
    entropy = random.Random(secrets.randbits(ENTROPY_BITS * 4))  # noqa: S311 - nicknames are no secret
    hub = Hub(
        chat=Chat(),
        transport=transport,
        clock=time.time,
        entropy=partial(entropy.getrandbits, ENTROPY_BITS),
        max_datagram=settings.max_datagram,
        max_line=settings.max_line,
        show_lines=settings.log_level == "debug",
    )
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_survive)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    reactor = _Reactor(loop, hub, transport)
    reactor.start()
    announce(welcome(settings.host, transport))
    log.debug("started", version=udpchat.__version__, listening=transport.listening())
    await stopped.wait()
    reactor.stop()
    transport.close()
    log.info("stopped", clients=len(hub.chat.roster), dropped=transport.dropped)


@attrs.define(eq=False)
class _Reactor:
    """Turns the hub when a socket is readable, and flushes the transport when one is writable again."""

    loop: asyncio.AbstractEventLoop
    hub: Hub
    transport: UdpTransport
    _resuming: asyncio.Handle | None = attrs.field(default=None, init=False)

    def start(self) -> None:
        for sock, calls in zip(self.transport.sockets, self.transport.calls, strict=True):
            self.loop.add_reader(sock, self._readable, calls)

    def stop(self) -> None:
        if self._resuming:
            self._resuming.cancel()
        for sock in self.transport.sockets:
            self.loop.remove_reader(sock)
            self.loop.remove_writer(sock)

    def _readable(self, source: Source) -> None:
        for _ in range(TURNS):
            if not self.hub.turn(source):
                break
        if self.hub.unfinished and not self._resuming:  # no socket will tell of lines that were taken from it
            self._resuming = self.loop.call_soon(self._resume, source)
        for sock in self.transport.blocked():
            self.loop.add_writer(sock, self._writable, sock)

    def _resume(self, source: Source) -> None:
        self._resuming = None
        self._readable(source)

    def _writable(self, sock: socket.socket) -> None:
        if self.transport.flush(sock):
            self.loop.remove_writer(sock)


def open_transport(settings: Settings) -> UdpTransport:
    """Listen as the settings have it; log what the machine does not give."""
    bound = sockets.listen(settings.host, settings.port)
    for limit, granted in sockets.small_buffers(bound):
        remedy = f"sysctl {limit}={sockets.BUFFER}"
        log.warning("small buffer, lines may be lost in a burst", bytes=granted, remedy=remedy)
    return UdpTransport(bound, system_calls(settings.fan_out, bound))


def system_calls(fan_out: FanOut, bound: Sequence[socket.socket]) -> list[Calls]:
    """Return how each socket talks to the kernel: in batches where the machine can and the settings let it."""
    batch = sendmmsg.load()
    if fan_out == "auto" and batch and sendmmsg.supported(batch, bound[0]):
        segments = sendmmsg.cuts_segments(bound[0])
        return [sendmmsg.BatchCalls(sock, listener, batch, segments) for listener, sock in enumerate(bound)]
    if fan_out == "auto":
        log.warning("no sendmmsg here, a large room costs more: each line is sent to each client by itself")
    return [PortableCalls(sock, listener) for listener, sock in enumerate(bound)]


def _survive(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what a callback raised, with no more of it than `logs.bug` shows; the loop goes on."""
    logs.bug(context.get("exception") or RuntimeError(context["message"]))


def announce(words: str) -> None:
    """Tell the person who typed the command; if standard output is closed or full, there is nobody to tell."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would fail again as it ends


def welcome(host: str, transport: UdpTransport) -> str:
    """Return what the person who opened the room reads: where it listens, and how to join."""
    joins = {"join with:": host}
    if transport.sockets[0].getsockname()[0] in _EVERY_ADDRESS:
        joins = {"join here:": "localhost", "join elsewhere:": _own_address()}
    width = max(map(len, joins))
    return "\n".join(
        [
            f"udpchat {udpchat.__version__} listens on {' and '.join(transport.listening())}",
            *(f"{label:{width}}  nc -u {name} {transport.port}" for label, name in joins.items()),
            f"{'end with:':{width}}  Ctrl-C",
        ]
    )


def _own_address() -> str:
    """Return the address that other machines most likely know this one by, or its name where it has no route out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])
