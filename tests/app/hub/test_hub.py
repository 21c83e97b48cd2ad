"""The hub: one turn is bounded, and our own bugs cost no more than what they happened on."""

from __future__ import annotations

import pytest
import structlog

from tests.room import Room, two_members
from udpchat.adapters.memory.network import MemoryCarrier
from udpchat.app.hub import hub, intake
from udpchat.domain.dialects.packer import MAX_RUN
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.audience import Delivery
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.text.line import Line
from udpchat.domain.text.lines import clean_lines


def test_one_datagram_of_many_lines_takes_many_turns() -> None:
    """A turn handles so many lines; the rest comes in the next ones, in order, and before what came later."""
    room, one, two = two_members()
    count = 2 * intake.MAX_LINES + 10
    one.send("\n".join(str(number) for number in range(count)))
    two.send("later")
    turns = 0
    while room.hub.turn(room.carrier):
        turns += 1
        assert room.hub.unfinished == (turns < 3)
    assert turns == 3
    assert two.hears() == [*(f"TEDDC: {number}" for number in range(count)), "Tyvem: later"]


def test_lines_that_cost_much_take_many_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn ends when it has sent so much, so that long lines keep no signal waiting."""
    monkeypatch.setattr(hub, "MAX_SENDS", 50)
    room = Room()
    members = [room.member() for _ in range(20)]
    for _ in range(3 * MAX_RUN):
        members[0].send("x" * 1300)
    turns = 0
    while room.hub.turn(room.carrier):
        turns += 1
    assert turns == 3  # a run of 17 datagrams is sent to 20 as soon as 16 are full
    assert len(members[0].hears()) == 3 * MAX_RUN
    assert len(members[1].hears()) == 3 * MAX_RUN


def test_a_bug_in_splitting_costs_one_datagram(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception while a datagram is split is logged, and what came before and after it is heard."""
    room, one, two = two_members()

    def sabotaged(payload: bytes, limit: int) -> list[Line]:
        if payload == b"trip":
            raise RuntimeError("trip")
        return clean_lines(payload, limit)

    monkeypatch.setattr(intake, "clean_lines", sabotaged)
    for said in ("a", "trip", "b"):
        one.send(said)
    with structlog.testing.capture_logs() as logged:
        room.settle()
    assert two.hears() == ["TEDDC: a", "TEDDC: b"]
    assert logged[0]["exception"] == "RuntimeError"


def test_a_bug_in_the_chat_costs_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception on one line is logged, and the lines before and after it are heard."""
    _, one, two = two_members()
    handle = Chat.handle

    def sabotaged(self: Chat, given: Input) -> list[Delivery]:
        if given.line == "trip":
            raise RuntimeError("trip")
        return handle(self, given)

    monkeypatch.setattr(Chat, "handle", sabotaged)
    room = one.room
    monkeypatch.setattr(room.hub, "chat", room.chat)
    with structlog.testing.capture_logs() as logged:
        one.say("a\ntrip\nb")
    assert two.hears() == ["TEDDC: a", "TEDDC: b"]
    assert logged[0]["exception"] == "RuntimeError"


def test_nothing_waits() -> None:
    """A turn with nothing to do says so and sends nothing."""
    room, one, _ = two_members()
    assert isinstance(room.carrier, MemoryCarrier)
    assert not room.hub.turn(room.carrier)
    assert one.gets() == []
