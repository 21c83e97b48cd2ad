"""Raised hands, to the byte: `/hand`, `/hands`, `/next`."""

from __future__ import annotations

import pytest

from tests.moving import go
from tests.room import Client, Room, drawing
from tests.wire.example import TEDDC, TYVEM, Example
from udpchat.domain.commands import hands
from udpchat.domain.commands.hands import (
    Called,
    CalledYou,
    Hand,
    HandLowered,
    HandNotUp,
    HandRaised,
    HandsShown,
    NobodyWaits,
    NoHandsShown,
    TooManyHands,
)

SENTENCES = (
    Example(HandRaised(TEDDC, "how do I quit vim?", 2), b"TEDDC raised a hand: how do I quit vim?\n"),
    Example(HandRaised(TEDDC, "", 2), b"TEDDC raised a hand\n"),
    Example(
        HandRaised(TEDDC, "how do I quit vim?", 2),
        b"you are number 2 in line, /hand down lowers your hand\n",
        own=True,
    ),
    Example(HandLowered(TEDDC), b"TEDDC lowered their hand\n"),
    Example(HandLowered(TEDDC), b"you lowered your hand\n", own=True),
    Example(
        HandsShown((TYVEM, TEDDC), (Hand("", 0.0), Hand("how do I quit vim?", 121.0)), 180.0),
        b"1. Tyvem, 3 minutes\n2. TEDDC, 59 seconds: how do I quit vim?\n",
    ),
    Example(NoHandsShown(), b"showing hands: nobody waits\n"),
    Example(Called(TEDDC, TYVEM, "how do I quit vim?"), b"TEDDC calls Tyvem: how do I quit vim?\n"),
    Example(Called(TEDDC, TYVEM, ""), b"TEDDC calls Tyvem\n"),
    Example(CalledYou(TEDDC), b"you are called by TEDDC\n"),
    Example(TooManyHands(), b"error - 1000 hands are up already, try again later\n"),
    Example(HandNotUp(), b"error - your hand is not up\n"),
    Example(NobodyWaits(), b"error - nobody waits\n"),
)


def three_members() -> tuple[Room, Client, Client, Client]:
    """Return a room with TEDDC, Tyvem and other in it."""
    room = Room(drawing("TEDDC", "Tyvem", "other"))
    return room, room.member(), room.member(), room.member()


def test_a_workshop() -> None:
    """Who waits is called in order, in the room and by a line of its own."""
    room, one, two, three = three_members()
    two.say("/hand how do I quit vim?")
    assert two.gets() == [b"you are number 1 in line, /hand down lowers your hand\n"]
    assert one.gets() == [b"Tyvem raised a hand: how do I quit vim?\n"]
    three.hears()
    room.now += 180
    three.say("/hand")
    assert three.hears() == ["you are number 2 in line, /hand down lowers your hand"]
    assert one.hears() == two.hears() == ["other raised a hand"]
    one.say("/hands")
    assert one.hears() == ["1. Tyvem, 3 minutes: how do I quit vim?", "2. other, 0 seconds"]
    assert two.hears() == []
    one.say("/next")
    assert one.hears() == three.hears() == ["TEDDC calls Tyvem: how do I quit vim?"]
    assert two.hears() == ["TEDDC calls Tyvem: how do I quit vim?", "you are called by TEDDC"]
    one.say("/next\n/next\n/hands")
    assert one.hears() == ["TEDDC calls other", "error - nobody waits", "showing hands: nobody waits"]
    assert two.hears() == ["TEDDC calls other"]


def test_a_hand_that_is_up() -> None:
    """It keeps its place with another reason. Without one its owner is shown its place, and the others read nothing."""
    _, one, two, three = three_members()
    two.say("/hand first\n/hand")
    three.say("/hand")
    assert one.hears() == ["Tyvem raised a hand: first", "other raised a hand"]
    two.hears()
    two.say("/hand second\n/hand second")
    assert two.hears() == ["you are number 1 in line, /hand down lowers your hand"] * 2
    assert one.hears() == ["Tyvem raised a hand: second"]
    one.say("/hands")
    assert one.hears()[0] == "1. Tyvem, 0 seconds: second"


def test_a_hand_is_lowered() -> None:
    """Its owner lowers it, or leaves the room or the server, by which nobody is notified of the hand."""
    _, one, two, three = three_members()
    two.say("/hand")
    three.say("/hand")
    one.hears(), two.hears(), three.hears()
    two.say("/hand DOWN\n/hand down")
    assert two.hears() == ["you lowered your hand", "error - your hand is not up"]
    assert one.hears() == ["Tyvem lowered their hand"]
    two.say("/hand")
    three.say("/quit")
    go(two, "kitchen")
    one.hears()
    one.say("/hands")
    assert one.hears() == ["showing hands: nobody waits"]
    go(two, "lobby")
    one.say("/hands")
    assert one.hears() == ["showing hands: nobody waits"]


def test_the_holder_of_a_room_calls() -> None:
    """In a room with a holder nobody else calls. The hands of other rooms are not shown there."""
    _, one, two, three = three_members()
    for each in (two, one):
        go(each, "kitchen")
    one.say("/hand")
    three.say("/hand")
    one.hears()
    two.hears()
    one.say("/next\n/hands")
    assert one.hears() == ["error - only Tyvem, who holds kitchen, may do that", "1. TEDDC, 0 seconds"]
    two.say("/next")
    assert one.hears() == ["Tyvem calls TEDDC", "you are called by Tyvem"]
    assert two.hears() == ["Tyvem calls TEDDC"]
    assert three.hears() == ["you are number 1 in line, /hand down lowers your hand"]


def test_what_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reason that is too long, and one hand more than a room may have."""
    monkeypatch.setattr(hands, "MAX_HANDS", 1)
    _, one, two, _ = three_members()
    one.say(f"/hand {'x' * 201}")
    assert one.hears() == ["error - a reason for /hand has at most 200 characters"]
    two.say("/hand")
    one.say("/hand")
    assert one.hears() == ["Tyvem raised a hand", "error - 1 hands are up already, try again later"]
    two.hears()
    two.say("/hand why")
    assert two.hears() == ["you are number 1 in line, /hand down lowers your hand"]


def test_a_bystander_that_ignores_the_one_that_is_called() -> None:
    """It receives nothing of the call, and the others receive it. Calling somebody whom one ignores is in order."""
    _, one, two, three = three_members()
    two.say("/hand why")
    three.say("/ignore Tyvem")
    for each in (one, two, three):
        each.hears()
    one.say("/next")
    assert (one.hears(), three.hears()) == (["TEDDC calls Tyvem: why"], [])
    assert two.hears() == ["TEDDC calls Tyvem: why", "you are called by TEDDC"]


def test_one_that_ignores_its_caller() -> None:
    """It does not notice that it is called, and its hand is down."""
    _, one, two, three = three_members()
    two.say("/ignore TEDDC\n/hand why")
    two.hears(), three.hears()
    one.say("/next")
    assert (two.hears(), three.hears()) == ([], ["TEDDC calls Tyvem: why"])
    two.say("/hands")
    assert two.hears() == ["showing hands: nobody waits"]
