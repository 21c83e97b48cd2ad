"""Nicknames, to the byte: `/nick`."""

from __future__ import annotations

import pytest

from tests.room import two_members
from tests.wire.example import CLIENT, TEDDC, Example
from udpchat.domain.commands.names import (
    NicknameChanged,
    NicknameMissing,
    NicknameMixed,
    NicknameOwned,
    NicknameRequested,
    NicknameReserved,
    NicknameSeveralWords,
    NicknameTaken,
    NicknameUnfit,
)

SENTENCES = (
    Example(NicknameChanged(TEDDC, CLIENT), b"TEDDC changed their nickname to client\n"),
    Example(NicknameChanged(TEDDC, CLIENT), b"new nickname set TEDDC->client\n", own=True),
    Example(NicknameMissing(), b"error - no nickname provided\n"),
    Example(NicknameSeveralWords(), b"error - a nickname is one word\n"),
    Example(NicknameUnfit(), b"error - a nickname is a letter, then up to 23 letters, digits, - and _\n"),
    Example(NicknameMixed(), b"error - a nickname does not mix scripts\n"),
    Example(NicknameReserved("server"), b"error - nickname server is reserved\n"),
    Example(NicknameOwned(CLIENT), b"error - nickname client belongs to somebody\n"),
    Example(NicknameTaken(CLIENT), b"error - nickname client is already in use\n"),
    Example(NicknameRequested(TEDDC), b"TEDDC asked for your nickname\n"),
)


def test_nick() -> None:
    """The client that changes its nickname receives one sentence, everyone else another."""
    _, one, two = two_members()
    one.say("/nick client\n")
    assert one.gets() == [b"new nickname set TEDDC->client\n"]
    assert two.gets() == [b"TEDDC changed their nickname to client\n"]


@pytest.mark.parametrize("line", ["/nick", "/nick ", "/NICK \t "])
def test_nick_without_name(line: str) -> None:
    """Without a name nothing changes."""
    _, one, two = two_members()
    one.say(line)
    assert one.gets() == [b"error - no nickname provided\n"]
    assert two.gets() == []


@pytest.mark.parametrize("name", ["Tyvem", "tyvem", "TYVEM", "T\N{LATIN SMALL LETTER Y WITH ACUTE}vem", "Tyvern"])
def test_nick_taken(name: str) -> None:
    """A name that another client has is refused, as is one that looks like it or differs in case; its holder hears."""
    room, one, two = two_members()
    three = room.member()
    one.say(f"/nick {name}")
    assert one.hears() == [f"error - nickname {name} is already in use"]
    assert two.gets() == [b"TEDDC asked for your nickname\n"]
    assert three.gets() == []


@pytest.mark.parametrize("seconds", [9.9, -0.1, 10.0])
def test_a_holder_is_notified_once_in_ten_seconds(seconds: float) -> None:
    """Whoever asks, a holder is notified once in 10 seconds; a clock that was set back does not make this longer."""
    room, one, two = two_members()
    three, late = room.member(), not 0 <= seconds < 10
    one.say("/nick Tyvem")
    room.now += seconds
    three.say("/nick Tyvem")
    assert two.hears() == ["TEDDC asked for your nickname", *["aaaaa asked for your nickname"] * late]


@pytest.mark.parametrize("seconds", [9.9, -0.1, 10.0])
def test_a_member_has_others_notified_once_in_ten_seconds(seconds: float) -> None:
    """A member that asks for one name after the other has one holder notified in 10 seconds."""
    room, one, two = two_members()
    three, late = room.member(), not 0 <= seconds < 10
    one.say("/nick Tyvem")
    room.now += seconds
    one.say("/nick aaaaa")
    assert two.hears() == ["TEDDC asked for your nickname"]
    assert three.hears() == ["TEDDC asked for your nickname"] * late


@pytest.mark.parametrize(
    "name",
    ["x" * 25, "a:b", "a,b", "a\N{HEBREW LETTER ALEF}", "\N{GRINNING FACE}", "/x", "007", "-", "_x"],
)
def test_nick_unfit(name: str) -> None:
    """A name that breaks the rules is refused with a sentence that gives them."""
    _, one, two = two_members()
    one.say(f"/nick {name}")
    assert one.hears() == ["error - a nickname is a letter, then up to 23 letters, digits, - and _"]
    assert two.gets() == []


@pytest.mark.parametrize("name", ["Tyv\N{CYRILLIC SMALL LETTER IE}m", "\u0430dam", "\u03b1\u0431\u0432", "a\u0e01"])
def test_nick_mixed(name: str) -> None:
    """A name with letters of several scripts is refused, also if it looks like a taken one; nobody is notified."""
    _, one, two = two_members()
    one.say(f"/nick {name}")
    assert one.hears() == ["error - a nickname does not mix scripts"]
    assert two.gets() == []


def test_nick_reserved() -> None:
    """A name that reads as if the server spoke is refused."""
    _, one, two = two_members()
    one.say("/nick Server")
    assert one.hears() == ["error - nickname Server is reserved"]
    assert two.gets() == []


def test_nick_in_any_script() -> None:
    """A name can be of any script; a name that is written from right to left stays in front of its line."""
    _, one, two = two_members()
    for name in ("\N{LATIN SMALL LETTER E WITH ACUTE}ric", "\u05e9\u05dc\u05d5\u05dd"):
        one.say(f"/nick {name}")
        one.say("TEDDC: hi")
    assert two.hears() == [
        "TEDDC changed their nickname to \u00e9ric",
        "\u00e9ric: TEDDC: hi",
        "\u00e9ric changed their nickname to \u05e9\u05dc\u05d5\u05dd",
        "\u200e\u05e9\u05dc\u05d5\u05dd\u200e: TEDDC: hi",
    ]


def test_nick_with_several_words() -> None:
    """A name of several words is refused: half of it would be a surprise."""
    _, one, two = two_members()
    one.say("/nick two words")
    assert one.hears() == ["error - a nickname is one word"]
    assert two.gets() == []


def test_own_nick_again() -> None:
    """Only the client that asks for the name it has receives an answer; another spelling of it is a change."""
    _, one, two = two_members()
    one.say("/nick TEDDC")
    assert one.hears() == ["new nickname set TEDDC->TEDDC"]
    assert two.hears() == []
    one.say("/nick teddc")
    assert one.hears() == ["new nickname set TEDDC->teddc"]
    assert two.hears() == ["TEDDC changed their nickname to teddc"]
