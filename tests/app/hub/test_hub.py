"""The hub: one turn is bounded, and our own bugs cost no more than what they happened on."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from tests.room import Room, two_members, whole_lines
from udpchat.adapters.memory.network import MemoryAddress, MemoryCarrier
from udpchat.app.hub import hub, intake
from udpchat.app.hub.hub import Hub
from udpchat.domain.address import Address
from udpchat.domain.admission.policy import Policy
from udpchat.domain.commands.talk import Said
from udpchat.domain.dialects import packer
from udpchat.domain.dialects.packer import MAX_RUN
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.machine import chat as machine
from udpchat.domain.rooms.audience import InRoom
from udpchat.domain.text.lines import plain_line
from udpchat.domain.text.nickname import Nickname


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
    monkeypatch.setattr(hub, "MAX_WORK", 50)
    room = Room()
    members = [room.member() for _ in range(20)]
    for _ in range(3 * MAX_RUN):
        members[0].send("x" * 1300)
    turns = 0
    while room.hub.turn(room.carrier):
        turns += 1
    assert turns == 3  # a run of 16 datagrams is sent to 20 as soon as 15 are full
    assert len(members[0].hears()) == 3 * MAX_RUN
    assert len(members[1].hears()) == 3 * MAX_RUN


def test_a_bug_in_splitting_costs_one_datagram(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception while a datagram is split is logged, and what came before and after it is heard."""
    room, one, two = two_members()

    def sabotaged(payload: bytes) -> str | None:
        if payload == b"trip":
            raise RuntimeError("trip")
        return plain_line(payload)

    monkeypatch.setattr(intake, "plain_line", sabotaged)
    for said in ("a", "trip", "b"):
        one.send(said)
    with structlog.testing.capture_logs() as logged:
        room.settle()
    assert two.hears() == ["TEDDC: a", "TEDDC: b"]
    assert logged[0]["exception"] == "RuntimeError"


def test_a_bug_in_the_chat_costs_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception on one line is logged, and the lines before and after it are heard."""
    _, one, two = two_members()

    def sabotaged(*fields: Any) -> Said:
        if fields[1] == "trip over this":
            raise RuntimeError(fields[1])
        return Said(*fields)

    monkeypatch.setattr(machine, "Said", sabotaged)
    with structlog.testing.capture_logs() as logged:
        one.say("good morning\ntrip over this\ngood evening")
    assert two.hears() == ["TEDDC: good morning", "TEDDC: good evening"]
    assert logged[0]["exception"] == "RuntimeError"


def test_nothing_waits() -> None:
    """A turn with nothing to do says so and sends nothing."""
    room, one, _ = two_members()
    assert isinstance(room.carrier, MemoryCarrier)
    assert not room.hub.turn(room.carrier)
    assert one.gets() == []


def test_long_replies_take_many_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn ends when it has made so many replies, also if few datagrams are sent."""
    monkeypatch.setattr(hub, "MAX_WORK", 50)
    room = Room()
    members = [room.member() for _ in range(20)]
    for member in members:
        member.send("/list")
    turns = 0
    while room.hub.turn(room.carrier):
        turns += 1
    assert turns >= len(members) // 2
    assert all(any("showing connected clients" in line for line in member.hears()) for member in members)


def test_a_reply_that_is_refused_is_not_made() -> None:
    """A client in debt asks again and again: its questions cost the server almost nothing."""
    room = Room(policy=Policy(rate=1, prefix_rate=0, server_rate=0))
    asking, shown = room.member(), 0
    for number in range(2000):
        room.chat.state.add(MemoryAddress("10.0.0.1", 1 + number), Nickname(f"n{number}"), 0.0)

    def show(address: Address) -> str:
        nonlocal shown
        shown += 1
        return str(address)

    room.chat.state.show = show
    asking.say("/list\n" * 15)
    assert 0 < shown < 2001, "the first part of one list"
    assert room.hub.admission.drops[DropReason.CLIENT_RATE] > 0


def test_a_carrier_that_fails_costs_others_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each datagram that a carrier cannot take is lost for that client only; the other carrier's receive all lines."""
    monkeypatch.setattr(packer, "MAX_RUN", 2)
    broken, send = False, MemoryCarrier.send

    def sabotaged(
        carrier: MemoryCarrier, datagrams: list[bytes], to: tuple[Address, ...], but: tuple[Address, ...] = ()
    ) -> None:
        if broken and carrier.name == "memory":
            raise OSError("broken")
        send(carrier, datagrams, to, but)

    monkeypatch.setattr(MemoryCarrier, "send", sabotaged)
    room = Room(max_datagram=100)
    other = room.network.attach(MemoryAddress("127.0.0.1", 12001, "other"))
    shared = room.hub
    room.hub = Hub(
        room.chat, [room.carrier, other], shared.admission, shared.journal, shared.clock, shared.timer, shared.entropy,
        room.max_datagram, room.max_line,
    )  # fmt: skip
    saying, hearing = room.member(), room.network.attach(MemoryAddress("127.0.0.1", 6000, "other"))
    room.network.carry(hearing.address, [b"\n"], [other.address])
    room.hub.turn(other)
    hearing.receive(1)  # the greeting
    broken = True
    for number in range(8):
        saying.send(f"{number} {'x' * 80}")
    room.settle()
    broken = False
    lines = [line for payload, _ in hearing.receive(99) for line in whole_lines(payload)]
    assert [line.split()[1] for line in lines] == [str(number) for number in range(8)]
    assert room.hub.admission.drops[DropReason.BUG] == sum(room.hub.bugs.counts.values()) > 0
    saying.say("again")
    assert [line.split()[1] for line in saying.hears()] == ["again"]


def test_every_value_of_an_audience_is_the_room() -> None:
    """An audience is what it equals: another one than the room has reaches the room as well."""
    room, one, two = two_members()
    room.hub.outbox.deliver(InRoom("lobby"), Said(Nickname("TEDDC"), "hi"))
    room.hub.advance()
    assert one.hears() == two.hears() == ["TEDDC: hi"]
