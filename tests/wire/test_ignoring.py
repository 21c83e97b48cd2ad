"""Ignoring people, to the byte: `/ignore`, `/unignore`, `/ignored`."""

from __future__ import annotations

import pytest

from tests.moving import go
from tests.room import Client, Room, drawing
from tests.wire.example import CLIENT, TEDDC, TYVEM, Example
from udpchat.domain.commands import ignoring
from udpchat.domain.commands.ignoring import (
    Ignored,
    IgnoredShown,
    IgnoresItself,
    NotIgnored,
    TooManyIgnored,
    Unignored,
)

SENTENCES = (
    Example(Ignored(TYVEM), b"you ignore Tyvem from now on\n"),
    Example(Unignored(TYVEM), b"you ignore Tyvem no longer\n"),
    Example(IgnoredShown((TYVEM, CLIENT)), b"you ignore: Tyvem, client\n"),
    Example(IgnoredShown(()), b"you ignore nobody\n"),
    Example(IgnoresItself(), b"error - you cannot ignore yourself\n"),
    Example(NotIgnored(TEDDC), b"error - you do not ignore TEDDC\n"),
    Example(TooManyIgnored(), b"error - you ignore 100 people already, more is not possible\n"),
)


def three_members() -> tuple[Room, Client, Client, Client]:
    """Return a room with TEDDC, Tyvem and other in it. TEDDC ignores Tyvem."""
    room = Room(drawing("TEDDC", "Tyvem", "other"))
    one, two, three = room.member(), room.member(), room.member()
    one.say("/ignore tyvem")
    assert one.gets() == [b"you ignore Tyvem from now on\n"]
    return room, one, two, three


@pytest.mark.parametrize(
    "line", ["hello", "hi", "//hello", "/nick Tyv", "/list", "/away", "/hand why", "/hand\n/hand down", "/nick TEDDC"]
)
def test_what_an_ignored_member_does(line: str) -> None:
    """Its ignorer receives nothing of it. The others receive it, and it reads what it would read anyway."""
    rooms = [three_members() for _ in range(2)]
    rooms[1][1].say("/unignore Tyvem")
    rooms[1][1].hears()
    for _, _, two, _ in rooms:
        two.say(line)
    heard = [[each.hears() for each in clients] for _, *clients in rooms]
    assert heard[0][0] == []
    assert heard[1][0] != []
    assert heard[0][1:] == heard[1][1:]


def test_departures_of_an_ignored_member() -> None:
    """Its ignorer receives nothing of them either, and it is not ignored any more when it comes back."""
    _, one, two, three = three_members()
    two.say("/quit")
    assert (one.hears(), three.hears()) == ([], ["Tyvem has disconnected."])
    two.say("hello again")
    assert one.hears() == three.hears() == two.hears()[1:]
    one.say("/ignored")
    assert one.hears() == ["you ignore nobody"]


def test_a_program_that_has_ended() -> None:
    """Its ignorer does not read that an ignored member left without a word."""
    _, one, two, three = three_members()
    two.end.close()
    three.say("anybody?")
    assert one.hears() == ["other: anybody?"]
    assert three.hears() == ["other: anybody?", "Tyvem has disconnected."]


def test_the_history_of_an_ignored_member() -> None:
    """What it said before is hidden, too, until it is ignored no longer, or has left."""
    _, one, two, three = three_members()
    two.say("1")
    three.say("2")
    two.say("/nick renamed")
    two.say("3")
    one.hears(), three.hears()
    one.say("/history")
    assert one.hears() == ["[00:00] other: 2"]
    three.say("/history")
    assert three.hears() == ["[00:00] Tyvem: 1", "[00:00] other: 2", "[00:00] renamed: 3"]
    one.say("/history 1\n/unignore renamed\n/history 2\n/ignore renamed")
    assert one.hears() == [
        "[00:00] other: 2",
        "you ignore renamed no longer",
        *("[00:00] other: 2", "[00:00] renamed: 3"),
        "you ignore renamed from now on",
    ]
    two.say("/quit")
    one.say("/history 1")
    assert one.hears() == ["[00:00] renamed: 3"]


def test_it_follows_the_person() -> None:
    """An ignored member stays ignored under another name and in another room. Who takes the old name is not ignored."""
    _, one, two, three = three_members()
    two.say("/nick renamed")
    three.say("/nick Tyvem")
    go(one, "kitchen"), go(two, "kitchen"), go(three, "kitchen")
    for each in (one, two, three):
        each.hears()
    two.say("hello")
    three.say("hello")
    assert one.hears() == ["Tyvem: hello"]
    one.say("/ignored\n/who\n/ignore Tyvem\n/ignored")
    assert one.hears() == [
        "you ignore: renamed",
        "showing who is in kitchen: TEDDC, renamed, Tyvem",
        "you ignore Tyvem from now on",
        "you ignore: renamed, Tyvem",
    ]


def test_questions_about_an_ignored_member() -> None:
    """What one asks for names it, but does not quote it: not why it is away, nor why it has a hand up."""
    _, one, two, _ = three_members()
    two.say("/away secret\n/hand secret")
    one.say("/who\n/whois Tyvem\n/hands\n/next")
    assert one.hears() == [
        "showing who is in lobby: TEDDC, Tyvem (away), other",
        "Tyvem is in lobby, here for 0 seconds, at 127.0.0.1:55001",
        "Tyvem is away",
        "1. Tyvem, 0 seconds",
        "TEDDC calls Tyvem",
    ]


def test_what_is_refused() -> None:
    """Oneself, words that are no member, and what is not ignored; ignoring twice answers as once."""
    _, one, two, three = three_members()
    one.say("/ignore\n/ignore a b\n/unignore\n/ignore nobody\n/unignore dummy\n/ignore TEDDC\n/unignore other")
    assert one.hears() == [
        *["error - /ignore takes one nickname"] * 2,
        "error - /unignore takes one nickname",
        "error - nobody is not here",
        "error - dummy is not here",
        "error - you cannot ignore yourself",
        "error - you do not ignore other",
    ]
    one.say("/ignore Tyvem\n/ignored\n/unignore Tyvem\n/ignored")
    assert one.hears() == [
        "you ignore Tyvem from now on",
        "you ignore: Tyvem",
        "you ignore Tyvem no longer",
        "you ignore nobody",
    ]
    two.say("hello")
    assert one.hears() == two.hears() == three.hears() == ["Tyvem: hello"]


def test_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than one may ignore is refused, and those that are ignored already are not counted again."""
    monkeypatch.setattr(ignoring, "MAX_IGNORED", 1)
    _, one, _, _ = three_members()
    one.say("/ignore other\n/ignore Tyvem\n/unignore Tyvem\n/ignore other")
    assert one.hears() == [
        "error - you ignore 1 people already, more is not possible",
        "you ignore Tyvem from now on",
        "you ignore Tyvem no longer",
        "you ignore other from now on",
    ]
