"""What programs are answered, in text to the byte. Only programs are answered so: `docs/json.md` has the objects."""

from __future__ import annotations

import json

from tests.room import Room, drawing
from tests.wire.example import TEDDC, TYVEM, Example
from udpchat.domain.commands.talk import Said
from udpchat.domain.rooms.programs.answers import (
    CaughtUp,
    Done,
    Gap,
    Hidden,
    IdTooOld,
    Kept,
    MalformedObject,
    NotThere,
    Pong,
    Resent,
    SessionMoved,
    Welcome,
)

SENTENCES = (
    Example(Welcome(TEDDC, "hash", "secret", "k3f9"), b"you are TEDDC\n"),
    Example(Done(7, "lobby", 7), b"info: line 7 is done\n"),
    Example(Pong(3, (("lobby", 1240),), 18), b"info: pong 3\n"),
    Example(Gap("lobby", 1234, 1300), b"info: 1234 to 1300 of lobby are not kept any more\n"),
    Example(Gap(None, 3, 5), b"info: 3 to 5 of yours are not kept any more\n"),
    Example(Hidden("lobby", 7), b""),
    Example(Kept('{"event":"hidden","room":"lobby","seq":7}'), b""),
    Example(CaughtUp((Resent(Said(TYVEM, "hello"), "lobby", 7),)), b""),
    Example(SessionMoved(), b"you go on at another address\n"),
    Example(MalformedObject("malformed"), b"error - this object cannot be read\n"),
    Example(MalformedObject("unknown-message"), b"error - this object is of no known kind\n"),
    Example(IdTooOld(7), b"error - id 7 is too low, give a line a higher one than all before\n"),
    Example(NotThere("kitchen"), b"error - you are not in kitchen\n"),
)


def test_people_notice_nothing_of_programs() -> None:
    """A client with text reads what a program does as it reads what anybody does, and nothing of its questions."""
    room = Room(drawing("TEDDC"))
    person, bot = room.member(), room.client()
    for asked in (
        {"hello": {"v": 1, "nick": "robot"}},
        {"ping": 1},
        {"since": {"lobby": 0}},
        {"line": "hi", "id": 1},
        {"x": 1},
    ):
        bot.say(f"\x1e{json.dumps(asked)}\n")
    assert person.hears() == ["robot: hi"]
    kinds = [json.loads(text)["event"] for payload in bot.gets() for text in payload.decode().split("\x1e")[1:]]
    assert kinds == ["welcome", "pong", "said", "done", "error"]
