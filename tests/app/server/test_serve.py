"""A server that starts again, and the memory of its earlier rooms."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import weakref
from collections.abc import Callable

import attrs
import pytest

from udpchat.adapters.journal.errors import Stale
from udpchat.adapters.udp.address_codec import UdpAddressCodec
from udpchat.app.hub.hub import Hub
from udpchat.app.server import serve
from udpchat.app.server.compose import hub_for
from udpchat.app.server.storage import LocalStorage, open_storage
from udpchat.app.settings import Settings
from udpchat.domain.address import Address
from udpchat.domain.rooms.inputs import Rules

STARTS = 4


@attrs.frozen
class Ending(LocalStorage):
    """`Storage` that becomes unusable as soon as the room is served."""

    async def start(self, hub: Hub, here: Address, wake: Callable[[], None]) -> None:
        """Start the room, and end it at once."""
        await super().start(hub, here, wake)
        wake()


def test_a_server_that_starts_again_frees_its_earlier_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    """After any number of starts, at most the present room and the one before are in memory."""
    hubs: list[weakref.ref[Hub]] = []
    alive: list[int] = []

    def counted(*given: object, **named: object) -> Hub:
        made = hub_for(*given, **named)  # type: ignore[arg-type]  # passed on unchanged
        hubs.append(weakref.ref(made))
        return made

    async def opened(settings: Settings, addresses: UdpAddressCodec, rules: Rules) -> LocalStorage:
        storage = await open_storage(settings, addresses, rules)
        assert isinstance(storage, LocalStorage)
        return Ending(**{**attrs.asdict(storage, recurse=False), "ended": Stale("a reason")})

    def announced(_: str) -> None:
        alive.append(sum(hub() is not None for hub in hubs))
        if len(alive) == STARTS:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(serve, "hub_for", counted)
    monkeypatch.setattr(serve, "open_storage", opened)
    monkeypatch.setattr(serve, "announce", announced)
    monkeypatch.setattr(serve, "RESTART_SECONDS", 0)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())  # a server blocks these signals at its end
    gc.disable()  # otherwise a collection at any other moment could free old rooms
    try:
        asyncio.run(serve.serve(Settings(port=0), lambda: Settings(port=0)))
    finally:
        gc.enable()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert len(hubs) == STARTS
    assert max(alive) <= 2


def test_a_server_that_starts_again_goes_by_the_settings_of_the_last_reload(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its room has the new rules from the start, and the gate stays as it is."""
    kept: list[int] = []

    async def opened(settings: Settings, addresses: UdpAddressCodec, rules: Rules) -> LocalStorage:
        kept.append(rules.history_keep)
        storage = await open_storage(settings, addresses, rules)
        assert isinstance(storage, LocalStorage)
        return Ending(**{**attrs.asdict(storage, recurse=False), "ended": Stale("a reason")})

    def announced(_: str) -> None:
        os.kill(os.getpid(), signal.SIGTERM if len(kept) == STARTS else signal.SIGHUP)

    monkeypatch.setattr(serve, "open_storage", opened)
    monkeypatch.setattr(serve, "announce", announced)
    monkeypatch.setattr(serve, "RESTART_SECONDS", 0)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        asyncio.run(serve.serve(Settings(port=0), lambda: Settings(port=0, history_keep=7)))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert (kept[0], kept[-1]) == (10_000, 7)
