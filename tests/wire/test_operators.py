"""Becoming an operator, to the byte: `/op`, `/deop`."""

from __future__ import annotations

import pytest

from tests.room import Room, drawing, two_members
from tests.wire.acting import Codes
from tests.wire.example import TEDDC, Example
from udpchat.app.hub.verdicts import Verdicts
from udpchat.domain.admission.notices import ProofAsked
from udpchat.domain.commands.operators import (
    NONE,
    TWO,
    WAIT,
    WRONG,
    BecameOperator,
    CodeRefused,
    CodeUsed,
    NoOperator,
    OperatorNeeded,
    ResignedOperator,
)
from udpchat.domain.machine.administer import NoSuchAct, NoSuchRoom
from udpchat.domain.rooms.rights import CodeTooOld, NotOperator

SENTENCES = (
    Example(ProofAsked("k7f3qz"), b"to prove your address, type: /enter k7f3qz and then /op again\n"),
    Example(BecameOperator(TEDDC, "alice"), b"you are an operator for 15 minutes, each act prolongs that, see /help\n"),
    Example(ResignedOperator(TEDDC, "alice"), b"you are no operator any more\n"),
    Example(OperatorNeeded(), b"error - /op takes the name of an operator and a code of 6 digits\n"),
    Example(CodeRefused(NONE), b"error - this server has no operators\n"),
    Example(CodeRefused(WRONG), b"error - this name and this code do not fit\n"),
    Example(CodeRefused(WAIT), b"error - too many wrong codes came lately, try again in a minute\n"),
    Example(
        CodeRefused(TWO),
        b"error - too many wrong codes came lately, type two codes that follow each other: /op NAME CODE CODE\n",
    ),
    Example(CodeUsed(), b"error - this code was used already, wait for the next one\n"),
    Example(NoOperator(), b"error - you are no operator\n"),
    Example(
        NotOperator(holders=False), b"error - only operators may do that, to become an operator type: /op NAME CODE\n"
    ),
    Example(
        NotOperator(holders=True),
        b"error - only operators and whoever holds the room may do that, to become an operator type: /op NAME CODE\n",
    ),
    Example(NoSuchAct("kik"), b"error - there is no act kik\n"),
    Example(NoSuchRoom("kitchen"), b"error - there is no room kitchen\n"),
    Example(CodeTooOld(), b"error - this takes a code of the last 60 seconds, type /op NAME CODE and repeat it\n"),
)


def test_who_may_be_forged_proves_its_address_first() -> None:
    """It is sent a code, which it sends back. Its own code was not looked at, and can be typed again."""
    room = Room(drawing("TEDDC"), codes=Codes())
    one = room.client("192.168.0.7")
    one.say("hello there")
    one.hears()
    one.say("/op alice 755224")
    asked = room.hub.admission.challenge.code(one.end.address, room.now)
    assert one.hears() == [f"to prove your address, type: /enter {asked} and then /op again"]
    one.say(f"/enter x\n/op alice 755224\n/enter {asked}\n/op alice 755224")
    assert one.hears() == [
        "you are in the room already, as TEDDC",
        "you are in the room already, as TEDDC",
        "you are an operator for 15 minutes, each act prolongs that, see /help",
        f"to prove your address, type: /enter {asked} and then /op again",
    ]


def test_becoming_an_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict of the intake decides. The others read nothing of it."""
    _, one, two = two_members()
    verdicts = iter((("alice", "7"), (WRONG,), ("alice", "7"), ()))
    monkeypatch.setattr(Verdicts, "judge", lambda *_: next(verdicts))
    one.say("/op alice 755224\n/op alice 123456\n/op alice 755224\n/op\n/deop\n/deop")
    assert one.hears() == [
        "you are an operator for 15 minutes, each act prolongs that, see /help",
        "error - this name and this code do not fit",
        "error - this code was used already, wait for the next one",
        "error - /op takes the name of an operator and a code of 6 digits",
        "you are no operator any more",
        "error - you are no operator",
    ]
    assert two.hears() == []


def test_a_server_without_operators() -> None:
    """It says so, whatever the code is, and the code is in no reply."""
    _, one, two = two_members()
    one.say("/op alice 755224")
    assert one.hears() == ["error - this server has no operators"]
    assert two.hears() == []
