"""Order in rooms and on the server, to the byte: `/slow`, `/hush`, `/lockdown`, `/announce`, `/close`."""

from __future__ import annotations

import pytest

from tests.room import Room
from tests.wire.acting import both_in_kitchen, make_operator, with_operator
from tests.wire.example import Example
from tests.wire.kitchen import nickname
from tests.wire.test_moderation import ALICE, MACHINE
from udpchat.domain.commands.order import (
    Announced,
    HushSet,
    LockdownSet,
    RoomNeeded,
    RoomWasClosed,
    SlowSet,
    SlowUnclear,
)
from udpchat.domain.rooms.moves import MAX_NAMED

SENTENCES = (
    Example(SlowSet(ALICE, 10), b"TEDDC allows one line in 10 seconds\n"),
    Example(SlowSet(ALICE, 10), b"you allow one line in 10 seconds\n", own=True),
    Example(SlowSet(ALICE, 0), b"TEDDC allows lines without a wait\n"),
    Example(SlowSet(ALICE, 0), b"you allow lines without a wait\n", own=True),
    Example(HushSet(ALICE, on=True), b"TEDDC silenced this room, /hand raises your hand\n"),
    Example(HushSet(ALICE, on=True), b"you silenced this room, /hand raises your hand\n", own=True),
    Example(HushSet(ALICE, on=False), b"TEDDC let everybody speak again\n"),
    Example(HushSet(ALICE, on=False), b"you let everybody speak again\n", own=True),
    Example(LockdownSet(ALICE, on=True), b"TEDDC closed the server, nobody new can come in\n"),
    Example(LockdownSet(ALICE, on=True), b"you closed the server, nobody new can come in\n", own=True),
    Example(LockdownSet(ALICE, on=False), b"TEDDC opened the server again\n"),
    Example(LockdownSet(ALICE, on=False), b"you opened the server again\n", own=True),
    Example(Announced(ALICE, "lunch at noon"), b"TEDDC announces: lunch at noon\n"),
    Example(Announced(MACHINE, "lunch at noon"), b"server announces: lunch at noon\n"),
    Example(RoomWasClosed(ALICE, "kitchen"), b"TEDDC closed kitchen\n"),
    Example(RoomWasClosed(ALICE, "kitchen"), b"you closed kitchen\n", own=True),
    Example(SlowUnclear(), b"error - /slow takes up to 3600 seconds, or off\n"),
    Example(RoomNeeded(""), b"error - /close takes the name of a room but the lobby, see /rooms\n"),
)


def test_a_slow_room() -> None:
    """Each client says one line in that time, whatever kind it is. The holder says what it wants."""
    room, one, two = both_in_kitchen()
    one.say("/slow 10\n/slow 10")
    assert one.hears() == ["you allow one line in 10 seconds"] * 2
    assert two.hears() == ["TEDDC allows one line in 10 seconds"]
    two.say("hello there\n/me waves\n/nick somebody\n/msg TEDDC psst\n/hand")
    assert two.hears() == ["Tyvem: hello there", *["error - one line in 10 seconds here, wait 11 seconds"] * 4]
    one.say("first\nsecond")
    assert one.hears() == ["Tyvem: hello there", "TEDDC: first", "TEDDC: second"]
    room.now += 9.5
    two.say("hello again")
    assert two.hears()[-1] == "error - one line in 10 seconds here, wait 1 second"
    room.now += 0.5
    two.say("hello again")
    assert two.hears()[-1] == "Tyvem: hello again"
    one.say("/slow off")
    two.say("more\nand more")
    assert two.hears()[-2:] == ["Tyvem: more", "Tyvem: and more"]


def test_a_hush() -> None:
    """Others do not speak, but raise hands, write to one person, and go."""
    _, one, two = both_in_kitchen()
    one.say("/hush on\n/hush on")
    assert one.hears() == ["you silenced this room, /hand raises your hand"] * 2
    assert two.hears() == ["TEDDC silenced this room, /hand raises your hand"]
    refused = "error - only the holder and operators speak in kitchen now, /hand raises your hand"
    two.say("hello there\n//hello\n/me waves\n/nick somebody\n/away lunch\n/hand\n/msg TEDDC psst")
    assert two.hears() == [
        *[refused] * 5,
        "you are number 1 in line, /hand down lowers your hand",
        "[you -> TEDDC] psst",
    ]
    assert one.hears() == ["Tyvem raised a hand", "[Tyvem -> you] psst"]
    one.say("be quiet\n/hush off")
    two.say("hello there\n/leave")
    assert one.hears() == [
        *("TEDDC: be quiet", "you let everybody speak again"),
        *("Tyvem: hello there", "Tyvem has gone to lobby"),
    ]


def test_a_lockdown() -> None:
    """All rooms read it. Who is here stays, and strangers read once that they cannot come in."""
    room, one, two, three = with_operator()
    two.say("/join kitchen")
    two.hears(), one.hears(), three.hears()
    one.say("/lockdown on\n/lockdown on")
    assert one.hears() == ["you closed the server, nobody new can come in"] * 2
    assert two.hears() == three.hears() == ["TEDDC closed the server, nobody new can come in"]
    stranger = room.client()
    stranger.say("hello there, who is here?")
    stranger.say("hello there")
    assert stranger.hears() == ["error - nobody new can come in now"]
    two.say("still here")
    assert two.hears() == ["Tyvem: still here"]
    one.say("/lockdown off")
    assert two.hears() == ["TEDDC opened the server again"]
    stranger.say("hello there")
    assert stranger.hears() != []


def test_an_announcement() -> None:
    """All rooms read it, also a client in a room of its own."""
    _, one, two, three = with_operator()
    two.say("/join kitchen")
    one.hears(), two.hears(), three.hears()
    one.say("/announce lunch  at noon\n/announce")
    assert one.hears() == ["TEDDC announces: lunch  at noon", "error - /announce takes a text"]
    assert two.hears() == three.hears() == ["TEDDC announces: lunch  at noon"]


def test_closing_a_room() -> None:
    """Its members are in the lobby, and its history is gone."""
    room, one, two = both_in_kitchen()
    three = room.member()
    make_operator(three)
    one.say("a secret")
    one.hears(), two.hears(), three.hears()
    three.say("/close #Kitchen")
    assert three.hears()[0] == "you closed kitchen"
    assert one.hears()[0] == f"{nickname(three)} closed kitchen"
    assert "kitchen" not in room.chat.state.rooms.by_name
    assert {each.place.room.name for each in room.chat.state.roster} == {"lobby"}
    two.say("/join kitchen\n/history")
    assert "a secret" not in "".join(two.hears())


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("number", [MAX_NAMED, MAX_NAMED + 1])
def test_closing_a_room_with_many_members(number: int, private: bool) -> None:  # noqa: FBT001 - a parameter
    """The lobby reads who came, or how many if they are more than a few. A private room is not named to it."""
    room = Room()
    one, two = room.member(), room.member()
    make_operator(one)
    members = [room.member() for _ in range(number)]
    for member in members:
        member.say("/join kitchen")
    if private:
        members[0].say("/private on")
    one.hears(), two.hears(), [member.hears() for member in members]
    one.say("/close kitchen")
    came_from = "another room" if private else "kitchen"
    if number > MAX_NAMED:
        expected = [f"you are joined by {number} people from {came_from}"]
    else:
        expected = [f"{nickname(member)} has come from {came_from}" for member in members]
    assert two.hears() == expected
    for member in members:
        assert member.hears()[-1] == f"you are in lobby with {number + 1} others"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/slow", "/slow takes up to 3600 seconds, or off"),
        ("/slow 3601", "/slow takes up to 3600 seconds, or off"),
        ("/slow 0000000009999999", "/slow takes up to 3600 seconds, or off"),
        ("/slow 000000000" + "9" * 400, "/slow takes up to 3600 seconds, or off"),
        ("/slow -1", "/slow takes up to 3600 seconds, or off"),
        ("/slow ten", "/slow takes up to 3600 seconds, or off"),
        ("/hush", "/hush takes on or off"),
        ("/lockdown perhaps", "/lockdown takes on or off"),
        ("/close", "/close takes the name of a room but the lobby, see /rooms"),
        ("/close lobby", "/close takes the name of a room but the lobby, see /rooms"),
        ("/close nowhere", "/close takes the name of a room but the lobby, see /rooms"),
    ],
)
def test_an_act_that_is_refused(line: str, answer: str) -> None:
    """Only the one who tried reads why."""
    _, one, two, _ = with_operator()
    one.say(line)
    assert one.hears() == [f"error - {answer}"]
    assert two.hears() == []


@pytest.mark.parametrize("line", ["/slow 5", "/hush on", "/lockdown on", "/announce hi", "/close kitchen"])
def test_who_has_no_right_does_nothing(line: str) -> None:
    """A member that is neither operator nor holder is refused."""
    _, one, two, _ = with_operator()
    two.say(line)
    (answer,) = two.hears()
    assert answer.startswith("error - only operators")
    assert one.hears() == []
