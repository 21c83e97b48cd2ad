"""How a client reads what happens, to the byte: `/color`, `/time`, `/bell`."""

from __future__ import annotations

import pytest

from tests.room import two_members
from tests.wire.example import TEDDC, Example
from udpchat.domain.commands.looks import BellShown, ColorShown, TimeShown, TimeUnclear
from udpchat.domain.rooms.bell import Rang

AFTERNOON = (14 * 60 + 2) * 60.0  # seconds: 14:02 on 1 January 1970, UTC

SENTENCES = (
    Example(ColorShown(on=True, nickname=TEDDC), b"you read names in color, yours is TEDDC\n"),
    Example(ColorShown(on=False, nickname=TEDDC), b"you read names without color\n"),
    Example(TimeShown(0), b"you read the time in front of each line, in UTC\n"),
    Example(TimeShown(120), b"you read the time in front of each line, in UTC+02:00\n"),
    Example(TimeShown(-210), b"you read the time in front of each line, in UTC-03:30\n"),
    Example(TimeShown(None), b"you read lines without the time\n"),
    Example(BellShown(on=True), b"you hear a bell when somebody says your name or writes to you alone\n"),
    Example(BellShown(on=False), b"you hear no bell\n"),
    Example(
        TimeUnclear(), b"error - /time takes on, off, or an offset from UTC, -12:00 to +14:00 in quarters of an hour\n"
    ),
    Example(Rang(), b"\x07"),
)


def test_color() -> None:
    """The client that turns it on reads all names in color from then on; the others read what they did before."""
    _, one, two = two_members()
    one.say("/color on\n")
    assert one.gets() == [b"you read names in color, yours is \x1b[38;5;29mTEDDC\x1b[0m\n"]
    two.say("hello TEDDC\n/nick client\n")
    assert one.hears() == [
        "\x1b[38;5;63mTyvem\x1b[0m: hello TEDDC",
        "\x1b[38;5;63mTyvem\x1b[0m changed their nickname to \x1b[38;5;131mclient\x1b[0m",
    ]
    one.say("/list\n")
    entries = (("55000", "\x1b[38;5;29mTEDDC"), ("55001", "\x1b[38;5;131mclient"))
    shown = ", ".join(f"127.0.0.1:{port}:{name}\x1b[0m" for port, name in entries)
    assert one.hears() == [f"showing connected clients: {shown}"]
    assert two.hears() == [
        "Tyvem: hello TEDDC",
        "new nickname set Tyvem->client",
        "TEDDC queried connected client list",
    ]
    one.say("/color off\n")
    two.say("hello\n")
    assert one.hears() == ["you read names without color", "client: hello"]


def test_time() -> None:
    """All that the client receives from then on has the time in front, and history has one time in each line."""
    room, one, two = two_members()
    room.now = AFTERNOON
    two.say("hello")
    one.gets()
    one.say("/time on\n")
    assert one.gets() == [b"[14:02] you read the time in front of each line, in UTC\n"]
    room.now += 60
    two.say("again")
    one.say("/history\n/nope\n/list")
    assert one.hears() == [
        "[14:03] Tyvem: again",
        "[14:02] Tyvem: hello",
        "[14:03] Tyvem: again",
        "[14:03] error - unknown command /nope, try /help",
        "[14:03] to say it, type: //nope",
        "[14:03] showing connected clients: 127.0.0.1:55000:TEDDC, 127.0.0.1:55001:Tyvem",
    ]
    one.say("/time +02:00\n/history 1\n/time off\nhello")
    assert one.hears() == [
        "[16:03] you read the time in front of each line, in UTC+02:00",
        "[16:03] Tyvem: again",
        "you read lines without the time",
        "TEDDC: hello",
    ]
    assert two.hears() == ["Tyvem: hello", "Tyvem: again", "TEDDC queried connected client list", "TEDDC: hello"]


def test_bell() -> None:
    """The byte is in front of the line in which the name is said, for the one who has the name alone."""
    room, one, two = two_members()
    one.say("/bell on\n")
    assert one.hears() == ["you hear a bell when somebody says your name or writes to you alone"]
    two.say("first\nhello teddc!\nTEDDC?\n")
    assert one.gets() == [b"Tyvem: first\n\x07Tyvem: hello teddc!\nTyvem: TEDDC?\n"]
    assert two.gets() == [b"Tyvem: first\nTyvem: hello teddc!\nTyvem: TEDDC?\n"]
    room.now += 5
    one.say("I am TEDDC")
    two.say("TEDDC")
    assert one.gets() == [b"TEDDC: I am TEDDC\n", b"\x07Tyvem: TEDDC\n"]
    room.now += 5
    one.say("/bell off")
    two.say("TEDDC")
    assert one.gets() == [b"you hear no bell\n", b"Tyvem: TEDDC\n"]


def test_what_is_set() -> None:
    """A command without an argument says what is set, and changes nothing."""
    _, one, _ = two_members()
    ask = "/color\n/time\n/bell\n"
    one.say(f"{ask}/color on\n/time -3:30\n/bell on\n")
    off = ["you read names without color", "you read lines without the time", "you hear no bell"]
    assert one.hears()[:3] == off
    one.say(ask)
    assert one.hears() == [
        "[20:30] you read names in color, yours is \x1b[38;5;29mTEDDC\x1b[0m",
        "[20:30] you read the time in front of each line, in UTC-03:30",
        "[20:30] you hear a bell when somebody says your name or writes to you alone",
    ]
    one.say(f"/color off\n/time off\n/bell off\n{ask}")
    assert one.hears()[3:] == off


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("/color red", "/color takes on or off"),
        ("/color on off", "/color takes on or off"),
        ("/bell 5", "/bell takes on or off"),
        ("/bell on please", "/bell takes on or off"),
        ("/time 12", "/time takes on, off, or an offset from UTC, -12:00 to +14:00 in quarters of an hour"),
        ("/time +2:20", "/time takes on, off, or an offset from UTC, -12:00 to +14:00 in quarters of an hour"),
    ],
)
def test_an_unclear_look(line: str, error: str) -> None:
    """Anything else is refused, and nothing changes."""
    _, one, two = two_members()
    one.say(line)
    assert one.hears() == [f"error - {error}"]
    two.say("TEDDC")
    assert one.gets() == [b"Tyvem: TEDDC\n"]
    assert two.hears() == ["Tyvem: TEDDC"]
