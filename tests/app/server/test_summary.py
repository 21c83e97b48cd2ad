"""The summary in the log, on SIGUSR1 and at the end."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
import structlog

from tests.app.clients.processes import serving
from tests.app.clients.talking import assert_still_talking, sockets
from tests.room import Room, two_members
from tests.waiting import until
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.app.logs.limits import RATE, Throttle
from udpchat.app.server import summary
from udpchat.domain.admission.policy import BURST_SECONDS
from udpchat.domain.rooms.cloak import Cloak
from udpchat.domain.rooms.inputs import Input


def test_the_summary_has_the_addresses_that_list_hides() -> None:
    """It has all counts, and alias and address of each client that /list hides; it does not name other clients."""
    room, one, _ = two_members()
    room.chat.state.show = Cloak("auto", room.key)
    far = room.client("203.0.113.7", 4444)
    far.say("hello there")
    far.say(far.hears()[0].removeprefix("to join, type: "))
    with structlog.testing.capture_logs() as logged:
        asyncio.run(summary.report(room.hub))
    counts, hidden = logged
    assert counts["clients"] == 3
    assert counts["dropped"] == {"code_asked": 1}
    assert counts["bugs"] == {}
    assert hidden["clients"] == [f"{room.chat.state.show(far.end.address)} 203.0.113.7:4444"]
    assert str(one.end.address) not in str(logged)


def test_the_summary_of_a_large_room_comes_in_parts() -> None:
    """No log line is longer than a pipe accepts at once."""
    room = Room()
    room.chat.state.show = Cloak("no", room.key)
    for _ in range(summary.BATCH + 1):
        room.member()
    with structlog.testing.capture_logs() as logged:
        asyncio.run(summary.report(room.hub))
    assert [len(entry["clients"]) for entry in logged[1:]] == [summary.BATCH, 1]


def test_the_throttle_does_not_cut_the_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names each hidden client of a full room, even if other log lines are cut."""
    monkeypatch.setattr(summary, "PAUSE", 0)
    room = Room()
    room.chat.state.show = Cloak("no", room.key)
    for number in range(10_000):
        room.chat.handle(Input(0.0, number, MemoryAddress("203.0.113.7", number), ""))
    throttle, logged = Throttle(lambda: 0.0), structlog.testing.LogCapture()
    monkeypatch.setattr(summary, "log", structlog.wrap_logger(None, processors=[throttle, logged]))
    for _ in range(1000):
        summary.log.info("flood")
    asyncio.run(summary.report(room.hub))
    assert sum(entry["event"] == "flood" for entry in logged.entries) == RATE * BURST_SECONDS
    assert sum(entry["event"] == "summary" for entry in logged.entries) == 1
    named = {each for entry in logged.entries if entry["event"] == "hidden addresses" for each in entry["clients"]}
    assert len(named) == 10_000


def test_a_signal_asks_for_the_summary(tmp_path: Path) -> None:
    """On SIGUSR1 the running server logs its counts, and goes on."""
    with serving(tmp_path, "--max-line", "100") as server:
        with sockets(server) as (one,):
            one.send(b"x" * 200)
            one.recv(9000)
        server.program.process.send_signal(signal.SIGUSR1)
        until(lambda: '"line_too_long": 1' in server.logged(), server.logged)
        assert_still_talking(server)
    assert '"event": "stopped"' in server.logged()
