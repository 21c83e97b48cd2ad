"""Datagrams that the server knows to be lost count as missed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.journals import CODEC
from tests.room import SERVER, Client, Room, drawing
from udpchat.adapters.memory.network import MemoryCarrier
from udpchat.app.hub import bounces
from udpchat.domain.address import Address
from udpchat.domain.datagram import Bounce
from udpchat.domain.rooms.inputs import Input, Rules, Undelivered


def room_of(members: int) -> tuple[Room, list[Client]]:
    """Return a room that a server of this version started, with members."""
    room = Room(drawing("start", "TEDDC", "Tyvem"))
    room.hub.start(SERVER, Rules())
    return room, [room.member() for _ in range(members)]


def drop(monkeypatch: pytest.MonkeyPatch, lost: dict[Address, int]) -> None:
    """Let the carrier report once that datagrams were dropped."""
    reports = iter([lost])
    monkeypatch.setattr(MemoryCarrier, "undelivered", lambda _: next(reports, {}))


def missed(client: Client) -> list[str]:
    """Return what a client is shown as missed."""
    client.hears()
    client.say("/missed")
    return [line.partition("] ")[2] for line in client.hears()]


@pytest.mark.parametrize(("waiting", "shown"), [(0, "cd"), (1, "bcd"), (9, "abcd")])
def test_what_was_dropped_is_missed(monkeypatch: pytest.MonkeyPatch, waiting: int, shown: str) -> None:
    """The lines since the tick before count as missed, and as many before it as waited to be sent."""
    room, (one, two) = room_of(2)
    one.say("a\nb\n")
    room.pass_time(1)
    one.say("c\n")
    drop(monkeypatch, {two.end.address: waiting})
    one.say("d\n")
    room.pass_time(1)
    one.say("e\n")
    assert missed(two) == [f"TEDDC: {each}" for each in shown]
    assert missed(one) == [""]


def test_what_was_dropped_is_an_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second of losses is one input for each member, which a journal keeps; a stranger has none."""
    room, (one, two) = room_of(2)
    given: list[Input] = []
    append = room.journal.append

    def noted(_: object, inputs: Sequence[Input]) -> None:
        given.extend(inputs)
        append(inputs)

    monkeypatch.setattr(room.journal.__class__, "append", noted)
    monkeypatch.setattr(bounces, "MAX_UNDELIVERED", 1)
    drop(monkeypatch, {one.end.address: 0, two.end.address: 0, room.client().end.address: 0})
    for _ in range(4):
        room.pass_time(1)
    assert [(each.sender, each.line) for each in given] == [
        (one.end.address, Undelivered(0)),
        (two.end.address, Undelivered(0)),
    ]
    assert [CODEC.input(CODEC.row(each)) for each in given] == given


def test_what_came_back_and_cannot_be_sent_again_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that does not tell which datagram came back costs what was said a second before it."""
    room, (one, two) = room_of(2)
    one.say("a\n")
    monkeypatch.setattr(two.room.carrier, "returned", [Bounce(b"", two.end.address)])
    one.say("b\n")
    room.pass_time(1)
    assert missed(two) == ["TEDDC: a", "TEDDC: b"]


@pytest.mark.parametrize("payload", [b"", b"TEDDC: b\n"])
def test_what_came_back_of_a_client_that_quits_is_missed(monkeypatch: pytest.MonkeyPatch, payload: bytes) -> None:
    """A client whose last words are read together with reports about it did not receive everything."""
    room, (one, two) = room_of(2)
    one.say("a\n")
    one.say("b\n")
    two.send("/quit")
    monkeypatch.setattr(two.room.carrier, "returned", [Bounce(payload, two.end.address)] * (2 if payload else 1))
    one.say("c\n")
    room.pass_time(1)
    two.say("")
    assert missed(two) == ["TEDDC: a", "TEDDC: b", "TEDDC: c"]


def test_what_was_dropped_of_a_client_that_quits_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that left after it was dropped from, and before the tick that finds this, missed those lines."""
    room, (one, two) = room_of(2)
    one.say("a\n")
    room.pass_time(1)
    one.say("b\n")
    two.say("/quit")
    drop(monkeypatch, {two.end.address: 0})
    one.say("c\n")
    room.pass_time(1)
    two.say("")
    assert missed(two) == ["TEDDC: b", "TEDDC: c"]
