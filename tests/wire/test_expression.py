"""Other ways to say something, and who was here, to the byte: `/me`, `/shrug`, `/roll`, `/seen`."""

from __future__ import annotations

import pytest

from tests.room import Room, drawing, two_members, whole_lines
from tests.wire.example import CLIENT, TEDDC, Example
from udpchat.domain.commands.expression import (
    Acted,
    ActEmpty,
    DiceUnclear,
    NotSeen,
    Rolled,
    SeenBefore,
    SeenHere,
    Shrugged,
)
from udpchat.domain.commands.history import HistoryShown
from udpchat.domain.limits import MIN_DATAGRAM
from udpchat.domain.text.nickname import Nickname

AFTERNOON = (14 * 60 + 2) * 60.0  # seconds: 14:02 on 1 January 1970, UTC

SENTENCES = (
    Example(Acted(CLIENT, "waves"), b"* client waves\n"),
    Example(Shrugged(TEDDC, "no idea \u00af\\_(\u30c4)_/\u00af"), "TEDDC: no idea ¯\\_(ツ)_/¯\n".encode()),
    Example(Rolled(TEDDC, "2d6: 3 + 4 = 7"), b"TEDDC rolled 2d6: 3 + 4 = 7\n"),
    Example(Rolled(TEDDC, "1d6: 4"), b"TEDDC rolled 1d6: 4\n"),
    Example(SeenHere(TEDDC), b"TEDDC is here\n"),
    Example(SeenBefore(TEDDC, 180.0), b"TEDDC was here 3 minutes ago\n"),
    Example(SeenBefore(TEDDC, 0.9), b"TEDDC was here just now\n"),
    Example(NotSeen("Tyvem"), b"error - nobody called Tyvem was here lately\n"),
    Example(ActEmpty(), b"error - /me takes what you do: /me waves\n"),
    Example(DiceUnclear(), b"error - /roll takes 1 to 20 dice with 2 to 1000 sides: 2d6\n"),
)


def test_me() -> None:
    """Everyone in the room reads what the client does, behind a star."""
    _, one, two = two_members()
    one.say("/me waves\n/ME  waves \u2800 again")
    assert one.gets() == two.gets() == [b"* TEDDC waves\n* TEDDC waves   again\n"]


@pytest.mark.parametrize("line", ["/me", "/me \t", "/me\u00a0"])
def test_me_without_text(line: str) -> None:
    """Nothing is said."""
    _, one, two = two_members()
    one.say(line)
    assert one.gets() == [b"error - /me takes what you do: /me waves\n"]
    assert two.gets() == []


@pytest.mark.parametrize(("line", "text"), [("/shrug", ""), ("/shrug  no  idea ", "no  idea ")])
def test_shrug(line: str, text: str) -> None:
    """A shrug is said as a plain line, with or without words before it."""
    _, one, two = two_members()
    one.say(line)
    assert one.gets() == two.gets() == [f"TEDDC: {text}¯\\_(ツ)_/¯\n".encode()]


def test_roll() -> None:
    """Everyone in the room reads the dice and the sum. The result depends on the random bits of the line alone."""
    room = Room(drawing("TEDDC", "Tyvem", "aaaaa", "aaaaa", "aaaaa", "baaaa"))
    one, two = room.member(), room.member()
    one.say("/roll\n/roll 2d6\n/roll D6")
    one.say("/roll 20d1000")
    rolled = one.hears()
    assert rolled == two.hears()
    assert rolled[:3] == ["TEDDC rolled 1d6: 4", "TEDDC rolled 2d6: 4 + 2 = 6", "TEDDC rolled 1d6: 4"]
    dice, _, total = rolled[3].removeprefix("TEDDC rolled 20d1000: ").partition(" = ")
    faces = [int(face) for face in dice.split(" + ")]
    assert len(faces) == 20
    assert sum(faces) == int(total)


@pytest.mark.parametrize(
    "dice", ["6", "0d6", "21d6", "2d1", "2d1001", "d", "2d", "2 d 6", "2d6 3", "-1d6", "x", "\u0662d6"]
)
def test_roll_of_no_dice(dice: str) -> None:
    """Dice that are not understood are not rolled."""
    _, one, two = two_members()
    one.say(f"/roll {dice}")
    assert one.gets() == [b"error - /roll takes 1 to 20 dice with 2 to 1000 sides: 2d6\n"]
    assert two.gets() == []


def test_nobody_can_fake_a_roll() -> None:
    """What a member says begins with its name and a colon, or with a star."""
    _, one, two = two_members()
    one.say("rolled 1d6: 6\n/me rolled 1d6: 6\n/me \x1b[2K\rrolled 1d6: 6")
    assert two.hears() == [
        "TEDDC: rolled 1d6: 6",
        "* TEDDC rolled 1d6: 6",
        "TEDDC: rolled 1d6: 6",
    ]
    one.hears()
    one.say("/nick rolled")
    one.say("/me 1d6: 6")
    assert two.hears()[1:] == ["* rolled 1d6: 6"]


def test_history_has_all_of_these() -> None:
    """In the same words as they were said, behind the time."""
    room, one, two = two_members()
    room.now = AFTERNOON
    one.say("/me waves\n/shrug hm\n/roll 3d6")
    said = two.hears()
    assert len(said) == 3
    two.say("/history")
    assert two.hears() == [f"[14:02] {line}" for line in said]


def test_a_long_action_is_split() -> None:
    """Each piece has the star and the name in front, in history too."""
    room = Room(drawing("TEDDC"), max_datagram=MIN_DATAGRAM)
    one = room.member()
    said = "x" * 1000
    for line, head in ((f"/me {said}", "* TEDDC "), ("/history", "[00:00] * TEDDC ")):
        one.say(line)
        got = one.gets()
        assert all(len(payload) <= MIN_DATAGRAM for payload in got)
        lines = [line for payload in got for line in whole_lines(payload)]
        assert len(lines) > 1
        assert all(line.startswith(head) for line in lines)
        assert "".join(line.removeprefix(head) for line in lines) == said


def test_seen() -> None:
    """The client that asks reads that somebody is here, or how long ago a client with that name was here."""
    room, one, two = two_members()
    one.say("/seen tyvem")
    assert one.gets() == [b"Tyvem is here\n"]
    two.say("/nick Other")
    one.hears()
    room.now += 0.5
    one.say("/seen TYVEM")
    assert one.gets() == [b"Tyvem was here just now\n"]
    room.now += 3600.0
    two.say("/quit")
    one.hears()
    room.now += 125.0
    one.say("/seen other\n/seen Tyvem\n/seen Ty\u0301vem")
    assert one.hears() == ["Other was here 2 minutes ago", "Tyvem was here 1 hour ago", "Tyvem was here 1 hour ago"]
    assert two.hears()[-1] == "you have been disconnected."


@pytest.mark.parametrize("nickname", ["somebody", "a:b", "x" * 97])
def test_seen_never(nickname: str) -> None:
    """Nobody with this name was here, as far as the server remembers."""
    _, one, two = two_members()
    one.say(f"/seen {nickname}")
    assert one.hears() == [f"error - nobody called {nickname} was here lately"]
    assert two.gets() == []


@pytest.mark.parametrize("line", ["/seen", "/seen  ", "/seen Tyvem TEDDC"])
def test_seen_takes_one_nickname(line: str) -> None:
    """Anything else is refused."""
    _, one, _ = two_members()
    one.say(line)
    assert one.gets() == [b"error - /seen takes one nickname\n"]


def test_names_from_right_to_left_stay_in_their_places() -> None:
    """A mark is behind a name where something follows."""
    _, one, two = two_members()
    name = Nickname("\u05e9\u05dc\u05d5\u05dd")
    one.say(f"/nick {name}\n/me waves\n/shrug\n/roll 1d2")
    shown = f"\u200e{name}\u200e"
    assert [line.partition("waves")[0].partition(":")[0].partition("rolled")[0] for line in two.hears()[1:]] == [
        f"\u200e* {name}\u200e ",
        shown,
        f"{shown} ",
    ]
    two.say(f"/seen {name}")
    assert two.hears() == [f"{shown} is here"]


def test_a_message_of_history_is_any_of_these() -> None:
    """Each kind is shown with its own sentence."""
    shown = HistoryShown((Acted(TEDDC, "waves", AFTERNOON), Rolled(TEDDC, "1d6: 4", AFTERNOON)))
    assert [sentence.at for sentence in shown.sentences()] == [AFTERNOON, AFTERNOON]
