"""The log: bounded, never in the way, and without what people say."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import structlog

from tests.app.clients.processes import Program, Server, serving
from tests.app.clients.talking import assert_still_talking, sockets
from tests.journals import LateJournal
from tests.room import Room, two_members
from tests.waiting import until
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.app.logs import MAX_TEXT, RATE, Bugs, DropLog, Throttle, shorten
from udpchat.app.server import summary
from udpchat.domain.admission.gate import Policy
from udpchat.domain.admission.token_bucket import BURST_SECONDS
from udpchat.domain.drop_reason import DropCounts, DropReason
from udpchat.domain.rooms.cloak import Cloak
from udpchat.domain.rooms.inputs import Input


def test_a_flood_of_log_lines_is_cut_and_the_cut_is_told() -> None:
    """Each level has its own rate; the first line after the cut tells how many are missing."""
    now = 0.0
    throttle = Throttle(lambda: now)
    written = dropped = 0
    for _ in range(1000):
        try:
            throttle(None, "debug", {})
            written += 1
        except structlog.DropEvent:
            dropped += 1
    assert throttle(None, "error", {"event": "x"}) == {"event": "x"}
    assert written == RATE * BURST_SECONDS
    now = 1.0
    assert throttle(None, "debug", {"event": "x"}) == {"event": "x", "lines_dropped_before": dropped}
    assert throttle(None, "debug", {"event": "x"}) == {"event": "x"}


def test_long_texts_are_cut() -> None:
    """A line of a client that is as long as may be makes no log line of that length."""
    assert shorten(None, "debug", {"line": "x" * 9000, "n": 1}) == {"line": "x" * MAX_TEXT + "...", "n": 1}


def fail(exc: Exception) -> Exception:
    """Return the exception after it was raised, here."""

    def trip() -> None:
        raise exc

    with suppress(type(exc)):
        trip()
    return exc


def test_a_bug_is_logged_once_and_counted() -> None:
    """The same failure at the same place has one id, is logged the first time, and counted each time."""
    bugs = Bugs()
    with structlog.testing.capture_logs() as logged:
        for number in range(5):
            bugs.log(fail(RuntimeError(f"secret {number}")), line="secret")
    errors = [entry for entry in logged if entry["log_level"] == "error"]
    assert len(errors) == 1
    assert "secret" not in str(errors)
    assert bugs.counts == {errors[0]["bug"]: 5}
    bugs.log(fail(KeyError("secret 1")))
    assert len(bugs.counts) == 2


def test_each_drop_is_in_the_log_at_debug() -> None:
    """With its reason, how much it was, and of whom; also where a part of a datagram was let through."""
    with structlog.testing.capture_logs() as logged:
        journal = LateJournal()
        room = Room(policy=Policy(), journal=journal, max_line=50, show_lines=True)
        one, two = room.member_of(journal), room.member_of(journal)
        two.end.close()
        one.say(b"\n".join([b"x"] * 50))
        one.say("x" * 60)
        one.say("again\n" * 50)
        room.client("203.0.113.7").say("hello there")
        journal.commit()
        room.hub.advance()
        room.settle()
        room.now = 60.0
        one.say("too late")
        journal.give_up()
        room.hub.advance()
    dropped = {(entry["reason"], entry["number"]) for entry in logged if entry["event"] == "dropped"}
    assert dropped == {
        ("client_rate", 42),
        ("line_too_long", 1),
        ("code_asked", 1),
        ("unreachable", 1),
        ("uncommitted", 1),
    }
    assert all(entry["sender"] for entry in logged if entry["event"] == "dropped")


def test_what_is_dropped_is_told_once_a_second() -> None:
    """Each time what is new, and nothing where nothing is."""
    drops = DropCounts({DropReason.SEND_BUFFER: 2})
    told = DropLog(drops)
    with structlog.testing.capture_logs() as logged:
        told.tell()
        told.tell()
        drops[DropReason.SEND_BUFFER] += 1
        drops[DropReason.RECEIVE_BUFFER] += 5
        told.tell()
    assert [{key: value for key, value in entry.items() if key not in {"event", "log_level"}} for entry in logged] == [
        {"send_buffer": 2},
        {"send_buffer": 1, "receive_buffer": 5},
    ]


def test_the_summary_tells_the_operator_who_is_behind_a_cloak() -> None:
    """It has all counts, and for each hidden client what /list shows and its address; the others are not named."""
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
    """No line of it is longer than what a pipe takes at once."""
    room = Room()
    room.chat.state.show = Cloak("no", room.key)
    for _ in range(summary.BATCH + 1):
        room.member()
    with structlog.testing.capture_logs() as logged:
        asyncio.run(summary.report(room.hub))
    assert [len(entry["clients"]) for entry in logged[1:]] == [summary.BATCH, 1]


def test_the_summary_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else is logged, each hidden client of a full room is named: who asked wants to know."""
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


def test_a_log_that_nobody_reads_holds_up_nothing(tmp_path: Path) -> None:
    """With standard error a full pipe, the room goes on at the level that logs each line."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 4096)
    os.set_blocking(writer, True)
    command = [sys.executable, "-m", "udpchat.app", "0", "--log-level", "debug"]
    pipe = subprocess.PIPE
    program = Program(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=writer, start_new_session=True))
    try:
        program.prints("join with.*")
        assert_still_talking(Server(program, int(program.printed[1].split()[-1]), tmp_path))
    finally:
        assert program.end() == 0
        for end in (reader, writer):
            os.close(end)
