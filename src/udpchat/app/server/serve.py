"""The composition root: the only place where adapters, the hub, the event loop and signals are put together.

The event loop is asyncio's own. With uvloop a line cost a few hundredths less, but uvloop does not watch a socket that
has an error to report, and every client that ends causes one; its resolver threads receive the signals of the server;
and it aborts at its end if standard input or output is closed.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import secrets
import signal
import socket
import sys
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

import attrs
import structlog

import udpchat
from udpchat.adapters import systemd as activation
from udpchat.adapters.journal.errors import Stale
from udpchat.adapters.udp.carrier import UdpCarrier
from udpchat.adapters.udp.return_paths import ReturnPaths
from udpchat.adapters.udp.sockets import buffers
from udpchat.adapters.udp.sockets import system_calls as sendmmsg
from udpchat.adapters.udp.sockets.batch_socket import BatchSocket
from udpchat.adapters.udp.sockets.datagram_socket import DatagramSocket
from udpchat.adapters.udp.sockets.listen import listen
from udpchat.adapters.udp.sockets.portable_socket import PortableSocket
from udpchat.adapters.unicode import UnicodeTables
from udpchat.app.hub.hub import Hub
from udpchat.app.logs.drops import log_drop
from udpchat.app.server import summary
from udpchat.app.server.reactor import Reactor
from udpchat.app.server.storage import Storage, open_storage
from udpchat.app.settings import FanOut, Settings
from udpchat.domain.admission.challenge import Challenge
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.policy import Policy
from udpchat.domain.drop_reason import DropCounts
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.cloak import Cloak
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import NicknameRules

ENTROPY_BITS = 64
RESTART_SECONDS = 1.0  # from the end of what cannot be gone on with to the next start
FLUSH_SECONDS = 1.0  # for which the end waits until all is sent
_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound
_ELSEWHERE = ("192.0.2.1", 9)  # RFC 5737: nobody's address; the route there tells our own, and nothing is sent

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)

log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Open the room, say how to join it, and serve it until SIGINT or SIGTERM.

    Raise `ListenError` or `journal_file.JournalError` if the room cannot be opened, or not be gone on with.
    """
    drops = DropCounts()
    carrier = open_carrier(settings, drops)
    loop = asyncio.get_running_loop()
    stopped = loop.create_task(_signalled(loop))
    gate: Admission | None = None
    try:
        while not stopped.done():
            opening = loop.create_task(open_storage(settings, carrier.address_codec))
            await asyncio.wait({opening, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not opening.done():
                opening.cancel()
                return
            storage = opening.result()
            gate = gate or gate_for(settings, storage, drops)
            await _run(settings, hub_for(settings, carrier, gate, storage), carrier, storage, stopped)
            if storage.ended and not isinstance(storage.ended, Stale):
                raise storage.ended
            if storage.ended:
                log.warning("the node starts again", reason=str(storage.ended))
                await asyncio.wait({stopped}, timeout=RESTART_SECONDS)
    finally:
        stopped.cancel()
        carrier.close()
        signal.pthread_sigmask(
            signal.SIG_BLOCK, _SIGNALS
        )  # one more, as the loop takes our handlers away, changes nothing


async def _signalled(loop: asyncio.AbstractEventLoop) -> None:
    """Wait until the server is told to end."""
    event = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, event.set)
    loop.add_signal_handler(signal.SIGUSR1, lambda: None)  # or one that comes while the room is opened would end us
    await event.wait()


def gate_for(settings: Settings, storage: Storage, drops: DropCounts) -> Admission:
    """Return the gate; at log level debug it logs each drop."""
    watch = {"watch": log_drop} if settings.log_level == "debug" else {}
    return Admission(policy(settings), Challenge(storage.key), drops, **watch)


def hub_for(settings: Settings, carrier: UdpCarrier, gate: Admission, storage: Storage) -> Hub:
    """Return a hub for the room, of which nobody has told it anything yet."""
    # Seeded once: nicknames must differ from start to start, and each line costs less than asking the system would.
    entropy = random.Random(secrets.randbits(ENTROPY_BITS * 4))  # noqa: S311 - nicknames are no secret
    return Hub(
        chat=Chat(
            ChatState(NicknameRules(UnicodeTables()), Cloak(settings.show_addresses, storage.key), storage.directory)
        ),
        carriers=[carrier],
        admission=gate,
        journal=storage.journal,
        clock=time.time,
        timer=time.monotonic,
        entropy=partial(entropy.getrandbits, ENTROPY_BITS),
        max_datagram=settings.max_datagram,
        max_line=settings.max_line,
        show_lines=settings.log_level == "debug",
        observer=storage,
    )


async def _run(
    settings: Settings, hub: Hub, carrier: UdpCarrier, storage: Storage, stopped: asyncio.Task[None]
) -> None:
    """Serve the room until it is to be stopped, or cannot be gone on with."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: hub.bugs.log(_raised(context)))
    reports: list[asyncio.Task[None]] = []

    def report() -> None:
        for begun in reports:
            begun.cancel()  # who asks again wants to know anew
        reports[:] = [loop.create_task(summary.report(hub))]

    loop.add_signal_handler(signal.SIGUSR1, report)
    reactor = Reactor(loop, hub, [carrier], partial(activation.notify, "WATCHDOG=1"))
    ended = asyncio.Event()

    def wake() -> None:
        reactor.wake()
        if storage.ended:
            ended.set()

    try:
        starting = loop.create_task(storage.start(hub, carrier.here, wake))
        await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            return
        starting.result()
        reactor.start()
        gc.collect()  # of the room that this server served until it started again nothing is to stay
        gc.freeze()  # most of what there is now does, and need not be looked at again and again
        announce(welcome(settings.host, carrier))
        activation.notify("READY=1")
        log.debug("started", version=udpchat.__version__, listening=carrier.listening())
        ending = loop.create_task(ended.wait())
        await asyncio.wait({stopped, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if stopped.done():  # or a supervisor would count on the end, of a node that only starts again
            activation.notify("STOPPING=1")
        reactor.stop()  # what waits in the sockets is for the next server, where a supervisor holds them
        hub.stop()
        await storage.finish()
        carrier.flush_all(FLUSH_SECONDS)
        hub.close()
    finally:
        gc.unfreeze()
        await storage.close()
    carrier.count_lost()
    summary.log_counts("stopped", hub)


def policy(settings: Settings) -> Policy:
    """Return the settings that are the admission's."""
    return Policy(**{name: getattr(settings, name) for name in attrs.fields_dict(Policy)})


def open_carrier(settings: Settings, drops: DropCounts) -> UdpCarrier:
    """Listen as the settings have it; log what the machine does not give."""
    bound = activation.handed_over()
    if bound:
        log.info("listening where the supervisor does; --host and PORT do not count")
    else:
        bound = listen(settings.host, settings.port)
    for limit, granted in buffers.small_buffers(bound):
        remedy = f"sysctl {limit}={buffers.BUFFER}"
        log.warning("small buffer, lines may be lost in a burst", bytes=granted, remedy=remedy)
    return UdpCarrier(bound, system_calls(settings.fan_out, bound, drops), drops)


def system_calls(fan_out: FanOut, bound: Sequence[socket.socket], drops: DropCounts) -> list[DatagramSocket]:
    """Return how each socket talks to the kernel: in batches where the machine can and the settings let it."""
    batch, paths = sendmmsg.load(), ReturnPaths()
    if fan_out == "auto" and batch and sendmmsg.supported(batch, bound[0]):
        segments = sendmmsg.cuts_segments(bound[0])
        return [BatchSocket(sock, listener, batch, segments, paths, drops) for listener, sock in enumerate(bound)]
    if fan_out == "auto":
        log.warning("no sendmmsg here, a large room costs more: each line is sent to each client by itself")
    return [PortableSocket(sock, listener, paths, drops) for listener, sock in enumerate(bound)]


def _raised(context: dict[str, Any]) -> BaseException:
    """Return what a callback raised, or something for what the event loop has to say without an exception."""
    return cast("BaseException | None", context.get("exception")) or RuntimeError(context["message"])


def announce(words: str) -> None:
    """Tell the person who typed the command; if standard output is closed or full, there is nobody to tell."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would fail again as it ends


def welcome(host: str, carrier: UdpCarrier) -> str:
    """Return what the person who opened the room reads: where it listens, and how to join."""
    joins = {"join with:": host}
    if carrier.sockets[0].getsockname()[0] in _EVERY_ADDRESS:
        joins = {"join here:": "localhost", "join elsewhere:": _own_address()}
    width = max(map(len, joins))
    return "\n".join(
        [
            f"udpchat {udpchat.__version__} listens on {' and '.join(carrier.listening())}",
            *(f"{label:{width}}  nc -u {name} {carrier.port}" for label, name in joins.items()),
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
