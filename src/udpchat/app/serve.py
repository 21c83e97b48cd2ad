"""The composition root: the only place where adapters, the hub, the event loop and signals are put together."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
import time
from functools import partial
from typing import Any

import structlog

import udpchat
from udpchat.adapters import udp
from udpchat.app import logs
from udpchat.app.hub import Hub
from udpchat.app.settings import Settings
from udpchat.domain.chat import Chat

ENTROPY_BITS = 64
_WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound
_ELSEWHERE = ("192.0.2.1", 9)  # RFC 5737: nobody's address; the route there tells our own, and nothing is sent

log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Open the room, say how to join it, and serve it until SIGINT or SIGTERM.

    Raise `udp.ListenError` if the room cannot be opened.
    """
    transport = udp.listen(settings.host, settings.port)
    hub = Hub(
        chat=Chat(),
        transport=transport,
        clock=time.time,
        entropy=partial(secrets.randbits, ENTROPY_BITS),
        max_datagram=settings.max_datagram,
        max_line=settings.max_line,
    )
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_survive)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    for sock in transport.sockets:
        loop.add_reader(sock, hub.turn)
    print(welcome(settings.host, transport), flush=True)  # noqa: T201 - this is for the person who typed the command
    log.debug("started", version=udpchat.__version__, listening=transport.listening())
    await stopped.wait()
    for sock in transport.sockets:
        loop.remove_reader(sock)
    transport.close()
    log.info("stopped", clients=len(hub.chat.roster))


def _survive(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what a callback raised, with no more of it than `logs.bug` shows; the loop goes on."""
    exc = context.get("exception")
    if exc is not None:
        logs.bug(exc)


def welcome(host: str, transport: udp.UdpTransport) -> str:
    """Return what the person who opened the room reads: where it listens, and how to join."""
    lines = [f"udpchat {udpchat.__version__} listens on {' and '.join(transport.listening())}"]
    if host in _WILDCARDS:
        lines += [
            f"join here:       nc -u localhost {transport.port}",
            f"join elsewhere:  nc -u {_own_address()} {transport.port}",
        ]
    else:
        lines += [f"join with:  nc -u {host} {transport.port}"]
    return "\n".join([*lines, "end with:   Ctrl-C" if host not in _WILDCARDS else "end with:        Ctrl-C"])


def _own_address() -> str:
    """Return the address that other machines most likely know this one by, or its name where it has no route out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])
