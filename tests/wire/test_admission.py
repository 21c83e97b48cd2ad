"""What the gate says to strangers and to clients that send too much, and the loop behind it, to the byte."""

from __future__ import annotations

import pytest

from tests.journals import LateJournal
from tests.room import CHALLENGE, SERVER, Room, drawing, two_members
from tests.wire.example import Example
from udpchat.app.hub import pacer
from udpchat.domain.admission.notices import (
    CodeAsked,
    KeyAsked,
    NetworkFull,
    RoomFull,
    RoomUnreachable,
    SlowDown,
    TooManyJoins,
    TooManyKeys,
    TooManyReplies,
)
from udpchat.domain.admission.policy import Policy

GONE = "you have been disconnected."
STRANGER = "203.0.113.7"  # RFC 5737: a global address that no host has

SENTENCES = (
    Example(CodeAsked("k7f3qz"), b"to join, type: /enter k7f3qz\n"),
    Example(CodeAsked("k7f3qz", short=True), b"/enter k7f3qz\n"),
    Example(CodeAsked("k7f3qz", unsent=True), b"to join, type: /enter k7f3qz\nerror - your line was not sent\n"),
    Example(CodeAsked("k7f3qz", invalid=True), b"error - invalid code, type: /enter k7f3qz\n"),
    Example(CodeAsked("k7f3qz", key=True), b"to join, type: /enter k7f3qz KEY\n"),
    Example(CodeAsked("k7f3qz", short=True, key=True), b"/enter k7f3qz KEY\n"),
    Example(CodeAsked("k7f3qz", invalid=True, key=True), b"error - invalid code, type: /enter k7f3qz KEY\n"),
    Example(KeyAsked(), b"to join, type: /enter KEY\n"),
    Example(KeyAsked(short=True), b"/enter KEY\n"),
    Example(KeyAsked(unsent=True), b"to join, type: /enter KEY\nerror - your line was not sent\n"),
    Example(KeyAsked(wrong=True), b"error - wrong key, type: /enter KEY\n"),
    Example(KeyAsked(wrong=True, short=True), b"error - wrong key\n"),
    Example(KeyAsked("k7f3qz"), b"to join, type: /enter k7f3qz KEY\n"),
    Example(KeyAsked("k7f3qz", wrong=True), b"error - wrong key, type: /enter k7f3qz KEY\n"),
    Example(TooManyKeys(), b"error - too many wrong keys, wait a moment\n"),
    Example(RoomFull(), b"error - the room is full\n"),
    Example(TooManyJoins(), b"error - too many clients are joining, wait a moment and say something\n"),
    Example(NetworkFull(), b"error - too many clients at your address\n"),
    Example(SlowDown(41), b"error - slow down, 41 lines were not sent\n"),
    Example(SlowDown(1), b"error - slow down, 1 line was not sent\n"),
    Example(TooManyReplies(), b"error - too many long answers are being sent, ask again in a minute\n"),
    Example(RoomUnreachable(), b"error - the room is unreachable, your line was not sent\n"),
)


@pytest.mark.parametrize(
    ("size", "answer"),
    [
        (4, b""),
        (5, b"/enter %s\n"),
        (9, b"/enter %s\n"),
        (10, b"to join, type: /enter %s\n"),
        (19, b"to join, type: /enter %s\n"),
        (20, b"to join, type: /enter %s\nerror - your line was not sent\n"),
    ],
)
def test_a_stranger_is_asked_for_a_code(size: int, answer: bytes) -> None:
    """The first datagram of a stranger is answered in at most three bytes for each of its own, and not sent on."""
    room, one, _ = two_members()
    stranger = room.client(STRANGER)
    stranger.say("x" * size)
    code = CHALLENGE.code(stranger.end.address, 0.0).encode()
    assert b"".join(stranger.gets()) == answer.replace(b"%s", code)
    assert one.gets() == []


def test_white_space_of_a_stranger_is_no_line() -> None:
    """A stranger that sends only white space is asked for a code, and reads nothing about a line."""
    room = Room()
    stranger = room.client(STRANGER)
    stranger.say(" " * 30 + "\n")
    assert [line[:22] for line in stranger.hears()] == ["to join, type: /enter "]


@pytest.mark.parametrize("passed", [0.0, 76.0])
def test_a_wrong_or_outdated_code_is_answered_as_such(passed: float) -> None:
    """A stranger that sends a code of another address, or one that is too old, receives a new one, and the reason."""
    room = Room()
    stranger = room.client(STRANGER)
    sent = CHALLENGE.code(stranger.end.address if passed else SERVER, 0.0)
    room.now += passed
    stranger.say(f"/enter {sent}\n")
    code = CHALLENGE.code(stranger.end.address, room.now)
    assert stranger.hears() == [f"error - invalid code, type: /enter {code}"]
    stranger.say("/enter x\n")
    assert stranger.hears() == [f"/enter {code}"]
    stranger.say(f"/enter {code}\n")
    assert stranger.hears()[0].startswith("you are in the room as ")


@pytest.mark.parametrize("form", ["/enter {}\n", "/ENTER {}", "/enter  {} please\n"])
def test_the_code_lets_a_stranger_in(form: str) -> None:
    """The answer to the code contains the nickname, and the others receive nothing."""
    room = Room(drawing("TEDDC", "Tyvem"))
    one, stranger = room.member(), room.client(STRANGER)
    stranger.say(form.format(CHALLENGE.code(stranger.end.address, 0.0)))
    assert stranger.gets() == [b"you are in the room as Tyvem, lines before the code were not sent\n"]
    assert one.gets() == []


def test_the_room_is_full() -> None:
    """A stranger that comes to a full room receives a sentence, and the others receive nothing."""
    room = Room(policy=Policy(max_clients=1))
    one, stranger = room.client(), room.client()
    one.say("I am here")
    one.gets()
    stranger.say("hello\n")
    assert stranger.gets() == [b"error - the room is full\n"]
    assert one.gets() == []


@pytest.mark.parametrize(("line", "name"), [("\n", "Tyvem"), ("/help\n", "Tyvem"), ("/nick listener", "listener")])
def test_a_silent_client_makes_room(line: str, name: str) -> None:
    """In a full room, a stranger that sends its code takes the place of a client that sent one datagram and no text."""
    room = Room(drawing("TEDDC", "Tyvem", "dummy", "dum", "newer"), policy=Policy(max_clients=2))
    one, silent, stranger = room.client(), room.client(), room.client()
    one.say("hello")
    silent.say(line)
    one.gets(), silent.gets()
    stranger.say("let me in\n")
    assert one.gets() == silent.gets() == []
    (asked,) = stranger.hears()
    stranger.say(asked.removeprefix("to join, type: "))
    entered = "you are in the room as dummy, lines before the code were not sent"
    assert stranger.hears() == [entered, f"{name} has disconnected."]
    assert one.hears() == [f"{name} has disconnected."]
    assert silent.hears() == ["error - the room is full, and somebody else needs your place", GONE]
    silent.say("let me in again\n")
    assert silent.hears() == ["error - the room is full"]


def test_too_many_clients_at_an_address() -> None:
    """A stranger receives a sentence if too many clients have its address, and the others receive nothing."""
    room = Room(policy=Policy(max_clients_per_prefix=1))
    one, stranger = room.client("192.168.1.20"), room.client("192.168.1.20")
    one.say("\n")
    one.gets()
    stranger.say("hello\n")
    assert stranger.gets() == [b"error - too many clients at your address\n"]
    assert one.gets() == []


def test_slow_down() -> None:
    """Lines over the limit are dropped, and their sender is notified of their number once, when the flood is over."""
    room = Room(drawing("TEDDC", "Tyvem"), policy=Policy())
    one, two = room.member(), room.member()
    one.say("flood\n" * 100)
    assert one.hears() == ["TEDDC: flood"] * 59
    assert two.hears() == ["TEDDC: flood"] * 59
    one.say("flood\n" * 7)
    room.pass_time(1.9)
    assert one.hears() == []
    room.pass_time(0.1)
    assert one.gets() == [b"error - slow down, 48 lines were not sent\n"]
    room.pass_time(60.0)
    assert one.gets() == []
    assert two.hears() == []


def test_too_many_long_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    """While as many long replies are being sent as there may be, another is refused and a short one is sent."""
    monkeypatch.setattr(pacer, "MAX_WAITING", 1)
    _, one, two = two_members()
    for number in range(100):
        one.say(f"{number} {'x' * 500}")
    two.hears()
    one.say("/history 100")
    two.say("/history 100\n")
    assert two.gets() == [b"error - too many long answers are being sent, ask again in a minute\n"]
    two.say("/history 1\n")
    assert two.hears() == [f"[00:00] TEDDC: 99 {'x' * 500}"]


def test_the_room_is_unreachable() -> None:
    """If a line is not committed in time, its sender is notified, and the others receive nothing."""
    journal = LateJournal()
    room = Room(journal=journal)
    one, two = room.member_of(journal), room.member_of(journal)
    one.say("hello\n")
    assert one.gets() == two.gets() == []
    journal.give_up()
    room.hub.advance()
    assert one.gets() == [b"error - the room is unreachable, your line was not sent\n"]
    assert two.gets() == []
