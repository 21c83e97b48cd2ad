"""The reactor: how it stops, and how it reports failures of the hub."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from unittest.mock import Mock

import pytest

from tests.adapters.udp.ends import open_udp
from udpchat.app.hub.hub import Hub
from udpchat.app.server.compose import hub_for, policy
from udpchat.app.server.reactor import Reactor
from udpchat.app.server.storage import open_storage, rules_of
from udpchat.app.settings import Settings
from udpchat.domain.admission.challenge import Challenge
from udpchat.domain.admission.gate import Admission
from udpchat.domain.drop_reason import DropCounts


@asynccontextmanager
async def reactor() -> AsyncIterator[Reactor]:
    """Give a reactor that listens."""
    settings, drops = Settings(port=0, host="127.0.0.1"), DropCounts()
    carrier = open_udp(settings, drops)
    try:
        storage = await open_storage(settings, carrier.address_codec, rules_of(settings))
        hub = hub_for(settings, [carrier], Admission(policy(settings), Challenge(storage.key), drops), storage, None)
        made = Reactor(asyncio.get_running_loop(), hub, [carrier], lambda: None, lambda: False)
        await storage.start(hub, carrier.here, made.wake)
        made.start()
        yield made
        made.stop()
    finally:
        carrier.close()


async def test_a_stopped_reactor_does_not_listen() -> None:
    """A commit that arrives after the stop does not make it read its sockets again."""
    async with reactor() as running:
        running.stop()
        running.wake()
        await asyncio.sleep(0)
        sockets = [sock for sock, _ in running.carriers[0].sources]
        assert not any(map(running.loop.remove_reader, sockets))


async def test_a_failure_of_the_hub_does_not_reach_the_caller_of_wake() -> None:
    """The exception handler of the event loop receives it, as for all callbacks."""
    async with reactor() as running:
        met: list[object] = []
        running.loop.set_exception_handler(lambda _, context: met.append(context["exception"]))
        failure = RuntimeError("of the network")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Reactor, "_go_on", Mock(side_effect=failure))
            running.wake()
        assert met == [failure]


async def test_signals_are_served_between_long_turns() -> None:
    """While turns take long and always leave something, each callback of the event loop has one turn only."""
    async with reactor() as running:
        turns, now = 0, running.loop.time()

        def turn(_: object, __: object) -> bool:
            nonlocal turns, now
            turns, now = turns + 1, now + 1.0
            return True

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Hub, "turn", turn)
            patch.setattr(running.loop, "time", lambda: now)
            running._readable(running.carriers[0], running.carriers[0].sources[0][1])  # noqa: SLF001 - as the event loop
        assert turns == 1


async def test_after_a_signal_nothing_is_read() -> None:
    """The server still has to notice the signal everywhere; a flood must not keep it from that."""
    async with reactor() as running:
        running.ending = lambda: True
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Hub, "turn", Mock(side_effect=AssertionError("a turn")))
            running._readable(running.carriers[0], running.carriers[0].sources[0][1])  # noqa: SLF001 - as the event loop
