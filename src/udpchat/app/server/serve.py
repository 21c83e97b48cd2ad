"""The life of a server: it starts, serves the room, stops, and starts again if its node is outdated.

The event loop is asyncio's own. uvloop saves a few hundredths of the cost of a line, but it does not watch a socket
that has a pending error, and every client that ends causes one. Its resolver threads receive the server's signals. It
aborts at its end if standard input or output is closed.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import structlog

import udpchat
from udpchat.adapters import systemd as activation
from udpchat.adapters.journal.errors import Stale
from udpchat.app.hub.hub import Hub
from udpchat.app.server import summary
from udpchat.app.server.admin import Desk, admin_socket
from udpchat.app.server.carriers import Carriers, open_carriers
from udpchat.app.server.compose import gate_for, hub_for, operator_codes
from udpchat.app.server.greeting import announce, welcome
from udpchat.app.server.metrics.watch import Watch
from udpchat.app.server.reactor import Reactor
from udpchat.app.server.reload import Loaded, Reloader, Running
from udpchat.app.server.signals import SIGNALS, signalled
from udpchat.app.server.storage import Storage, open_storage
from udpchat.app.server.web import terminal_code
from udpchat.app.settings import Settings
from udpchat.domain.admission.gate import Admission
from udpchat.domain.drop_reason import DropCounts

RESTART_SECONDS = 1.0  # between the end of an outdated node and its next start
FLUSH_SECONDS = 0.2  # the server waits so long at its end for unsent datagrams

OUT_OF_MEMORY = "out of memory: the server ended, raise its limit (ulimit -v) or lower --max-clients or --history-keep"
RESERVE = 8 << 20  # bytes that are freed when memory runs out, so that the server can end in order

log = structlog.get_logger(__name__)


async def serve(settings: Settings, read: Callable[[], Settings]) -> None:
    """Open the room, print how to join it, and serve it until SIGINT or SIGTERM.

    On SIGHUP, `read` reads the settings again; it may raise `SettingsError` (see `reload`).

    Raise `MotdError`, `KeyFileError` or `OperatorsError` if the message of the day, the key or the operators cannot be
    read, before anything else. Raise `ListenError` if the server cannot listen, `JournalError` if the journal
    (`adapters/journal/errors.py`) cannot be opened or becomes unusable, `MetricsError` if the metrics cannot be served,
    and `AdminError` if the admin socket of the settings cannot be opened. If memory runs out, raise `MemoryError`, or
    `SystemExit` with a sentence.
    """
    drops, reloader = DropCounts(), Reloader(Loaded.of(settings), read)
    codes = operator_codes(settings)
    carriers = open_carriers(settings, drops)
    loop = asyncio.get_running_loop()
    stopped = signalled(loop, reloader.reload)
    gate: Admission | None = None
    watch = Watch()
    try:
        watch.open(settings.metrics)
        while not stopped.done():
            loaded = reloader.loaded
            opening = loop.create_task(open_storage(loaded.settings, carriers.udp.address_codec, loaded.rules))
            await _first_of(opening, stopped)
            if not opening.done():
                opening.cancel()
                return
            storage = opening.result()
            gate = gate or gate_for(loaded.settings, storage, drops, loaded.key)
            hub = hub_for(loaded.settings, carriers.all, gate, storage, codes, meter=watch.meter)
            await _run(reloader, hub, carriers, storage, stopped, watch=watch)
            if storage.ended and not isinstance(storage.ended, Stale):
                raise storage.ended
            if storage.ended:
                log.warning("the node starts again", reason=str(storage.ended))
                await asyncio.wait({stopped}, timeout=RESTART_SECONDS)
    finally:
        stopped.cancel()
        watch.close()
        carriers.close(FLUSH_SECONDS)
        # The loop now removes our handlers. Without this a second signal would kill the process.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


async def _run(  # noqa: PLR0913 - the parts of a server
    reloader: Reloader,
    hub: Hub,
    carriers: Carriers,
    storage: Storage,
    stopped: asyncio.Future[None],
    *,
    watch: Watch,
) -> None:
    """Serve the room until `stopped` is done or the journal has ended.

    If memory runs out, the state may be half changed, so it is not saved: the journal has all inputs, and the next
    start counts the last of them as unsent.
    """
    loop = asyncio.get_running_loop()
    reports: list[asyncio.Task[None]] = []

    def report() -> None:
        for begun in reports:
            begun.cancel()  # the new report replaces it
        reports[:] = [loop.create_task(summary.report(hub))]

    loop.add_signal_handler(signal.SIGUSR1, report)
    reactor = Reactor(loop, hub, carriers.all, partial(activation.notify, "WATCHDOG=1"), stopped.done)
    reserve = bytearray(RESERVE)
    loop.set_exception_handler(partial(_failed, hub, reactor, reserve))
    ended = asyncio.Event()

    def wake() -> None:
        reactor.wake()
        if storage.ended:
            ended.set()

    try:
        starting = loop.create_task(storage.start(hub, carriers.here, wake))
        await _first_of(starting, stopped)
        if not starting.done():
            starting.cancel()
            return
        starting.result()
        reactor.start()
        gc.collect()  # frees the room as it was before a restart
        gc.freeze()  # most of the present objects stay; later collections need not visit them
        reloader.begin(Running(hub, storage, carriers.here, wake))
        desk = Desk(hub, reloader.reload)
        async with watch.looking_at(hub, storage), admin_socket(reloader.loaded.settings, carriers.udp.port, desk):
            _greet(reloader.loaded.settings.host, carriers)
            activation.notify("READY=1")
            log.debug("started", version=udpchat.__version__, listening=carriers.udp.listening())
            ending = loop.create_task(ended.wait())
            await _first_of(stopped, ending)
            ending.cancel()
        reloader.end()
        if stopped.done():  # a node that starts again must not announce its end to the supervisor
            activation.notify("STOPPING=1")
        reactor.stop()  # a supervisor may hold the sockets: unread datagrams are left to the next server
        hub.stop()
        await storage.finish()
        carriers.flush_all(FLUSH_SECONDS)
        hub.close()
    finally:
        reserve.clear()
        gc.unfreeze()
        await storage.close()
    carriers.udp.count_lost()
    reactor.log()
    summary.log_counts("stopped", hub)


def _greet(host: str, carriers: Carriers) -> None:
    """Print how to join, and to a terminal a QR code for phones."""
    announce(welcome(host, carriers.udp, tcp=carriers.tcp is not None, web=carriers.web is not None))
    if carriers.web is not None and (code := terminal_code(carriers.udp.sockets)):
        announce(code)


async def _first_of(*futures: asyncio.Future[Any]) -> None:
    """Wait until one of these is done."""
    await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)


def _failed(hub: Hub, reactor: Reactor, reserve: bytearray, _: object, context: dict[str, Any]) -> None:
    """Log the exception of a callback. If memory has run out, free the reserve and end the server."""
    exc = _raised(context)
    if isinstance(exc, MemoryError):
        reserve.clear()
        reactor.stop()
        raise SystemExit(f"udpchat: {OUT_OF_MEMORY}") from exc  # the event loop lets nothing else pass
    hub.bugs.log(exc)


def _raised(context: dict[str, Any]) -> BaseException:
    """Return the exception of a callback, or the message of the event loop as one."""
    return cast("BaseException | None", context.get("exception")) or RuntimeError(context["message"])
