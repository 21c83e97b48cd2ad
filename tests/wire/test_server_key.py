"""The key of the server, as strangers and clients see it, to the byte."""

from __future__ import annotations

import attrs
import pytest

from tests.room import CHALLENGE, UNLIMITED, Client, Room, drawing
from tests.wire.example import Example

STRANGER = "203.0.113.7"  # RFC 5737: a global address that no host has
KEY = "Correct  Horse"

SENTENCES: tuple[Example, ...] = ()  # they are in the table of the gate, in test_admission.py


def room_with_key() -> Room:
    """Return a room with a key, in which the nicknames are known."""
    return Room(drawing("TEDDC", "Tyvem"), server_key=KEY)


def code_of(stranger: Client) -> str:
    """Return the code of an address."""
    return CHALLENGE.code(stranger.end.address, 0.0)


@pytest.mark.parametrize(
    ("size", "answer"),
    [
        (3, b""),
        (4, b"/enter KEY\n"),
        (8, b"/enter KEY\n"),
        (9, b"to join, type: /enter KEY\n"),
        (18, b"to join, type: /enter KEY\n"),
        (19, b"to join, type: /enter KEY\nerror - your line was not sent\n"),
    ],
)
@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.7"])
def test_a_stranger_is_asked_for_the_key(host: str, size: int, answer: bytes) -> None:
    """Whatever its address, in at most three bytes for each of its own."""
    room = room_with_key()
    stranger = room.client(host)
    stranger.say("x" * size)
    assert b"".join(stranger.gets()) == answer
    assert len(room.chat.state.roster) == 0


def test_white_space_is_no_line() -> None:
    """A stranger that sends only white space reads nothing about a line."""
    stranger = room_with_key().client()
    stranger.say(" " * 30 + "\n")
    assert stranger.hears() == ["to join, type: /enter KEY"]


@pytest.mark.parametrize("form", ["/enter correct horse\n", "/ENTER  CORRECT\t horse", "\n /enter Correct Horse \r\n"])
def test_the_key_lets_a_stranger_in(form: str) -> None:
    """Letter case and blanks do not matter; the others receive nothing."""
    room = room_with_key()
    one, two = room.client(), room.client()
    one.say("/enter correct horse")
    assert one.gets() == [b"you are in the room as TEDDC, lines before the code were not sent\n"]
    two.say(form)
    assert two.gets() == [b"you are in the room as Tyvem, lines before the code were not sent\n"]
    assert one.gets() == []
    two.say(form)
    assert two.gets() == [b"you are in the room already, as Tyvem\n"]


def test_lines_behind_the_key() -> None:
    """In the first datagram, further lines are said; lines in front of the key are not."""
    room = room_with_key()
    one, two = room.client(), room.client()
    one.say("hello\n/enter correct horse\n")
    assert one.hears() == ["to join, type: /enter KEY", "error - your line was not sent"]
    one.say("/enter correct horse\nhello\n/nick bob\n")
    assert one.hears() == [
        "you are in the room as TEDDC, lines before the code were not sent",
        "TEDDC: hello",
        "new nickname set TEDDC->bob",
    ]
    two.say("I am here too\n")
    assert one.hears() == []


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/enter x\n", b"error - wrong key\n"),
        ("/enter key\n", b"error - wrong key\n"),
        ("/enter a key\n", b"error - wrong key, type: /enter KEY\n"),
        ("/enter correct horses\n", b"error - wrong key, type: /enter KEY\n"),
        ("/enter correct horse battery\n", b"error - wrong key, type: /enter KEY\n"),
        ("/enter correcthorse\n", b"error - wrong key, type: /enter KEY\n"),
    ],
)
def test_a_wrong_key(typed: str, answer: bytes) -> None:
    """It is answered as such."""
    stranger = room_with_key().client()
    stranger.say(typed)
    assert stranger.gets() == [answer]


def test_too_many_wrong_keys() -> None:
    """After six from one network, keys from there are not looked at for a second; others are."""
    room = room_with_key()
    guesser, other = room.client("10.0.0.7"), room.client("10.0.0.8")
    for _ in range(6):
        guesser.say("/enter swordfish")
    assert set(guesser.gets()) == {b"error - wrong key, type: /enter KEY\n"}
    guesser.say("/enter correct horse")
    assert guesser.gets() == [b"error - too many wrong keys, wait a moment\n"]
    other.say("/enter correct horse")
    assert other.hears()[0].startswith("you are in the room as ")
    room.now += 1.0
    guesser.say("/enter correct horse")
    assert guesser.hears()[0].startswith("you are in the room as ")


def test_a_code_and_the_key() -> None:
    """A stranger that must send a code is asked for both, and sends the key behind the code."""
    room = room_with_key()
    stranger = room.client(STRANGER)
    code = code_of(stranger)
    stranger.say("I am here, let me in\n")
    assert stranger.gets() == [b"to join, type: /enter %s KEY\n" % code.encode()]
    stranger.say("hi you\n")
    assert stranger.gets() == [b"/enter %s KEY\n" % code.encode()]
    stranger.say("/enter correct horse")
    assert stranger.gets() == [b"error - invalid code, type: /enter %s KEY\n" % code.encode()]
    stranger.say(f"/enter {code}\n")
    assert stranger.gets() == [b"to join, type: /enter %s KEY\n" % code.encode()]
    stranger.say(f"/enter {code} x\n")
    assert stranger.gets() == [b"error - wrong key, type: /enter %s KEY\n" % code.encode()]
    stranger.say(f"/enter {code} correct HORSE\n")
    assert stranger.gets() == [b"you are in the room as TEDDC, lines before the code were not sent\n"]


def test_a_code_that_nobody_asked_for() -> None:
    """A stranger that needs no code may send one in front of the key all the same."""
    room = Room(policy=attrs.evolve(UNLIMITED, admission="open"), server_key=KEY)
    stranger = room.client(STRANGER)
    stranger.say(f"/enter {code_of(stranger)} correct horse")
    assert stranger.hears()[0].startswith("you are in the room as ")
