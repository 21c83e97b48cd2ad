"""Acts on one person, to the byte: `/kick`, `/mute`, `/unmute`."""

from __future__ import annotations

from math import inf

import pytest

from tests.wire.acting import both_in_kitchen, make_operator, with_operator
from tests.wire.example import CLIENT, TEDDC, TYVEM, Example
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.commands.moderation import (
    Kicked,
    NotInRoom,
    NotMuted,
    OperatorSpared,
    PersonMuted,
    PersonUnmuted,
    SelfSpared,
)
from udpchat.domain.event import Sentence
from udpchat.domain.rooms.acts import FOREVER, Concerned
from udpchat.domain.rooms.order import Mute
from udpchat.domain.rooms.rights import Actor, Right
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.silence import Hushed, Muted, Slowed

HERE = MemoryAddress("127.0.0.1", 12000)
ALICE = Actor(TEDDC, Right.OPERATOR, Room("lobby"), HERE)
MACHINE = Actor("server", Right.MACHINE, Room("lobby"), HERE)
SENTENCES = (
    Example(Kicked(ALICE, TYVEM, why="stop that"), b"TEDDC kicked Tyvem: stop that\n"),
    Example(Kicked(ALICE, TYVEM), b"you kicked Tyvem\n", own=True),
    Example(Kicked(ALICE, TYVEM, why="stop that"), b"you kicked Tyvem: stop that\n", own=True),
    Example(
        Concerned(Kicked(ALICE, TYVEM, why="stop that"), (Sentence(("you have been disconnected.",)),)),
        b"TEDDC kicked you: stop that\nyou have been disconnected.\n",
    ),
    Example(Kicked(MACHINE, TYVEM), b"server kicked Tyvem\n"),
    Example(PersonMuted(ALICE, TYVEM, 600.0, "stop that"), b"TEDDC muted Tyvem for 10 minutes: stop that\n"),
    Example(PersonMuted(ALICE, TYVEM, 600.0, "stop that"), b"you muted Tyvem for 10 minutes: stop that\n", own=True),
    Example(PersonMuted(ALICE, TYVEM, inf), b"you muted Tyvem forever\n", own=True),
    Example(Concerned(PersonMuted(ALICE, TYVEM, 600.0)), b"TEDDC muted you for 10 minutes\n"),
    Example(PersonUnmuted(ALICE, TYVEM), b"TEDDC unmuted Tyvem\n"),
    Example(PersonUnmuted(ALICE, TYVEM), b"you unmuted Tyvem\n", own=True),
    Example(OperatorSpared(TYVEM), b"error - Tyvem is an operator, use udpchat admin on the server itself\n"),
    Example(SelfSpared(), b"error - that is you\n"),
    Example(NotInRoom(CLIENT, "kitchen"), b"error - client is not in kitchen\n"),
    Example(NotMuted(TYVEM), b"error - Tyvem is not muted\n"),
    Example(
        Muted(Mute(600.0, TEDDC, "stop that"), 590.0),
        b"error - you are muted for 9 minutes more, by TEDDC: stop that\n",
    ),
    Example(Muted(Mute(FOREVER, TEDDC), inf), b"error - you are muted, by TEDDC\n"),
    Example(
        Hushed("kitchen"),
        b"error - only the holder and operators speak in kitchen now, /hand raises your hand\n",
    ),
    Example(Hushed("lobby"), b"error - only operators speak in lobby now, /hand raises your hand\n"),
    Example(Slowed(10, 3.2), b"error - one line in 10 seconds here, wait 4 seconds\n"),
)


def test_an_operator_kicks() -> None:
    """All read it, and who is kicked is a stranger then: the next line joins again, under another name."""
    _, one, two, three = with_operator()
    one.say("/kick tyvem stop  that")
    assert one.hears() == ["you kicked Tyvem: stop that"]
    assert three.hears() == ["TEDDC kicked Tyvem: stop that"]
    assert two.hears() == ["TEDDC kicked you: stop that", "you have been disconnected."]
    two.say("hello again")
    assert three.hears() != []


def test_an_operator_mutes() -> None:
    """Who is muted reads why, reaches nobody, and speaks again when the time is over, or when it is unmuted."""
    room, one, two, three = with_operator()
    one.say("/mute Tyvem 30s stop that")
    assert one.hears() == ["you muted Tyvem for 30 seconds: stop that"]
    assert three.hears() == ["TEDDC muted Tyvem for 30 seconds: stop that"]
    assert two.hears() == ["TEDDC muted you for 30 seconds: stop that"]
    two.say("hello there")
    assert two.hears() == ["error - you are muted for 30 seconds more, by TEDDC: stop that"]
    assert one.hears() == three.hears() == []
    room.now += 30
    two.say("hello there")
    assert three.hears() == ["Tyvem: hello there"]
    one.say("/mute Tyvem forever\n/unmute Tyvem\n/unmute Tyvem")
    assert one.hears()[-3:] == ["you muted Tyvem forever", "you unmuted Tyvem", "error - Tyvem is not muted"]
    two.hears()
    two.say("hello again")
    assert three.hears()[-1] == "Tyvem: hello again"


def test_a_holder_kicks_and_mutes_in_its_room() -> None:
    """Who is kicked is in the lobby, and may come back in a while, or with an invitation."""
    room, one, two = both_in_kitchen()
    one.say("/mute Tyvem\n/kick Tyvem stop that")
    assert one.hears() == ["you muted Tyvem for 10 minutes", "you kicked Tyvem: stop that"]
    assert two.hears() == [
        "TEDDC muted you for 10 minutes",
        "TEDDC kicked you: stop that",
        "you are alone in lobby",
    ]
    two.say("/join kitchen\nhello there")
    assert two.hears() == [
        "error - you were kicked out of kitchen, come back in a while or with an invitation",
        "Tyvem: hello there",
    ]
    one.say("/kick Tyvem\n/invite Tyvem")
    assert one.hears() == ["error - Tyvem is not in kitchen", "you invited Tyvem to kitchen"]
    two.say("/join kitchen\nhello again")
    assert two.hears()[-1] == "error - you are muted for 10 minutes more, by TEDDC"
    room.now += 600
    two.say("hello again")
    assert one.hears()[-1] == "Tyvem: hello again"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/kick", "/kick takes a nickname first"),
        ("/kick nobodyhere", "nobodyhere is not here"),
        ("/kick TEDDC", "that is you"),
        ("/kick other", "other is an operator, use udpchat admin on the server itself"),
        ("/mute other", "other is an operator, use udpchat admin on the server itself"),
        ("/mute Tyvem 10m " + 201 * "x", "a reason for /mute has at most 200 characters"),
        ("/unmute", "/unmute takes one nickname"),
    ],
)
def test_an_act_that_is_refused(line: str, answer: str) -> None:
    """Only the one who tried reads why."""
    _, one, two, three = with_operator()
    make_operator(three, "bob")
    one.say(line)
    assert one.hears() == [f"error - {answer}"]
    assert two.hears() == three.hears() == []


@pytest.mark.parametrize("line", ["/kick TEDDC", "/mute TEDDC", "/unmute TEDDC"])
def test_who_has_no_right_does_nothing(line: str) -> None:
    """A member that is neither operator nor holder is refused, in the lobby and in another's room."""
    _, one, two, _ = with_operator()
    two.say(line)
    assert two.hears() == [
        "error - only operators and whoever holds the room may do that, to become an operator type: /op NAME CODE"
    ]
    assert one.hears() == []


def test_lines_that_were_sent_before_a_kick() -> None:
    """They make the client a member again, and the gate knows it: what it says next is read."""
    room, one, two, three = with_operator()
    one.send("/kick Tyvem")
    two.send("one")
    two.send("two")
    room.settle()
    assert two.end.address in room.hub.admission
    two.say("three")
    assert [line.partition(": ")[2] for line in three.hears()] == ["", "one", "two", "three"]
