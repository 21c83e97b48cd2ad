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
TURNS = (
    4  # of the hub before signals and other sockets get theirs: spares a busy room most trips through the event loop
)
_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound
_ELSEWHERE = ("192.0.2.1", 9)  # RFC 5737: nobody's address; the route there tells our own, and nothing is sent

log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Open the room, say how to join it, and serve it until SIGINT or SIGTERM.

    Raise `sockets.ListenError` if the room cannot be opened.
    """
    transport = open_transport(settings)
    # Nicknames are no secret, but must not be the same after each start: a generator that is seeded once is enough.
    entropy = random.Random(secrets.randbits(ENTROPY_BITS * 4))  # noqa: S311
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

    def readable(source: Source) -> None:
        for _ in range(TURNS):
            if not hub.turn(source):
                break
        else:
            loop.call_soon(readable, source)
        for sock in transport.blocked():
            loop.add_writer(sock, writable, sock)

    def writable(sock: socket.socket) -> None:
        if transport.flush(sock):
            loop.remove_writer(sock)

    for sock, calls in zip(transport.sockets, transport.calls, strict=True):
        loop.add_reader(sock, readable, calls)
    announce(welcome(settings.host, transport))
    log.debug("started", version=udpchat.__version__, listening=transport.listening())
    await stopped.wait()
    for sock in transport.sockets:
        loop.remove_reader(sock)
        loop.remove_writer(sock)
    transport.close()
    log.info("stopped", clients=len(hub.chat.roster), dropped=transport.dropped)


def open_transport(settings: Settings) -> UdpTransport:
    """Listen as the settings have it; log what the machine does not give."""
    bound = sockets.listen(settings.host, settings.port)
    for name, granted in sockets.small_buffers(bound):
        remedy = f"sysctl net.core.{name[0]}mem_max={sockets.BUFFER}"
        log.warning("small buffer, lines may be lost in a burst", buffer=name, bytes=granted, remedy=remedy)
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
    exc = context.get("exception")
    if exc is not None:
        logs.bug(exc)


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
