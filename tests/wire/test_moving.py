"""From room to room, to the byte: `/join`, `/leave`."""

from __future__ import annotations

import attrs
import pytest

from tests.room import Room, drawing, two_members
from tests.wire.example import CLIENT, TEDDC, TYVEM, Example
from tests.wire.kitchen import CLOSED, HOLDS, in_kitchen, nickname
from udpchat.domain.commands.moving import (
    InRoomAlready,
    KickedOut,
    LobbyLeft,
    RoomClosed,
    RoomMissing,
    RoomMixed,
    RoomReserved,
    RoomUnfit,
    TooManyHeld,
    TooManyRooms,
)
from udpchat.domain.rooms.moves import Come, Gone, ManyCome, RoomEntered

SENTENCES = (
    Example(Gone(TEDDC, "kitchen"), b"TEDDC has gone to kitchen\n"),
    Example(Gone(TEDDC, None), b"TEDDC has gone to another room\n"),
    Example(Come(TEDDC, "lobby"), b"TEDDC has come from lobby\n"),
    Example(Come(TEDDC, None), b"TEDDC has come from another room\n"),
    Example(ManyCome(12, "kitchen"), b"you are joined by 12 people from kitchen\n"),
    Example(ManyCome(12, None), b"you are joined by 12 people from another room\n"),
    Example(RoomEntered("kitchen", 0, ()), b"you are alone in kitchen\n"),
    Example(RoomEntered("kitchen", 0, (), set_key=True), b"you are alone in kitchen, your key is set\n"),
    Example(RoomEntered("kitchen", 2, (TYVEM, CLIENT)), b"you are in kitchen with Tyvem, client\n"),
    Example(
        RoomEntered("kitchen", 12, (), "lunch at noon"),
        b"you are in kitchen with 12 others\nshowing the topic: lunch at noon\n",
    ),
    Example(InRoomAlready("kitchen"), b"you are in kitchen already\n"),
    Example(RoomMissing(), b"error - /join takes the name of a room, and its key if it has one\n"),
    Example(RoomUnfit(), b"error - the name of a room is a letter, then up to 23 letters, digits, - and _\n"),
    Example(RoomMixed(), b"error - the name of a room does not mix scripts\n"),
    Example(RoomReserved("server"), b"error - room name server is reserved\n"),
    Example(
        KickedOut("kitchen"),
        b"error - you were kicked out of kitchen, come back in a while or with an invitation\n",
    ),
    Example(RoomClosed("kitchen"), b"error - kitchen is not open to you, you need its key or an invitation\n"),
    Example(TooManyRooms(1000), b"error - there are 1000 rooms already, see /rooms\n"),
    Example(TooManyHeld(), b"error - you hold 5 rooms already\n"),
    Example(LobbyLeft(), b"error - you are in the lobby already, to leave the chat type /quit\n"),
)


def test_join() -> None:
    """The old room reads where the client went, the new one where it came from, and the client where it is."""
    room, one, two = two_members()
    three = room.member()
    one.say("/join kitchen")
    assert one.hears() == ["you are alone in kitchen", HOLDS]
    assert two.hears() == three.hears() == ["TEDDC has gone to kitchen"]
    two.say("/join kitchen")
    assert two.gets() == [b"you are in kitchen with TEDDC\n"]
    assert one.gets() == [b"Tyvem has come from lobby\n"]
    assert three.gets() == [b"Tyvem has gone to kitchen\n"]
    three.say("hello?")
    two.say("hello")
    assert one.hears() == two.hears() == ["Tyvem: hello"]
    assert three.hears() == ["aaaaa: hello?"]


def test_join_shows_who_is_there_and_the_topic() -> None:
    """Up to five others are named, of more the number is shown."""
    room, one, two = in_kitchen("/topic lunch at noon")
    others = [room.member() for _ in range(4)]
    for each in others:
        each.say("/join kitchen")
        each.hears()
    two.hears()
    two.say("/join kitchen")
    named = ", ".join(("TEDDC", *map(nickname, others)))
    assert two.hears() == [f"you are in kitchen with {named}", "showing the topic: lunch at noon"]
    last = room.member()
    last.say("/join kitchen")
    assert last.hears() == ["you are in kitchen with 6 others", "showing the topic: lunch at noon"]
    assert one.hears()[-2:] == ["Tyvem has come from lobby", f"{nickname(last)} has come from lobby"]


@pytest.mark.parametrize("name", ["#kitchen", "KITCHEN", "k\u0131tchen", "k\u00edtchen"])
def test_a_name_that_looks_like_a_room_leads_to_it(name: str) -> None:
    """With or without `#`, and in any letter case."""
    _, _, two = in_kitchen()
    two.say(f"/join {name}")
    assert two.hears() == ["you are in kitchen with TEDDC"]


@pytest.mark.parametrize("name", ["kitchen", "#kitchen", "KITCHEN"])
def test_join_the_same_room(name: str) -> None:
    """A client that is in the room already reads so, and nobody else reads anything."""
    _, one, two = in_kitchen()
    two.say("/join kitchen")
    one.hears()
    two.hears()
    two.say(f"/join {name} whatever")
    assert two.hears() == ["you are in kitchen already"]
    assert one.hears() == []


@pytest.mark.parametrize(
    ("word", "refusal"),
    [
        ("", "error - /join takes the name of a room, and its key if it has one"),
        ("#", "error - the name of a room is a letter, then up to 23 letters, digits, - and _"),
        ("##kitchen", "error - the name of a room is a letter, then up to 23 letters, digits, - and _"),
        ("x" * 25, "error - the name of a room is a letter, then up to 23 letters, digits, - and _"),
        ("k\u0456tchen", "error - the name of a room does not mix scripts"),
        ("Server", "error - room name Server is reserved"),
    ],
)
def test_names_of_rooms(word: str, refusal: str) -> None:
    """The rules are those for nicknames."""
    room, one, two = two_members()
    one.say(f"/join {word}")
    assert one.hears() == [refusal]
    assert two.hears() == []
    assert [*room.chat.state.rooms.by_name] == ["lobby"]


def test_too_many_rooms() -> None:
    """There are as many rooms as the operator allows, with the lobby."""
    room, one, two = two_members()
    room.chat.state.rules = attrs.evolve(room.chat.state.rules, max_rooms=2)
    one.say("/join kitchen")
    one.hears()
    two.hears()
    two.say("/join cellar")
    assert two.hears() == ["error - there are 2 rooms already, see /rooms"]
    assert one.hears() == []
    one.say("hello\n/leave")
    two.say("/join cellar")
    assert two.hears()[-2] == "you are alone in cellar", "the empty kitchen makes room"
    assert [*room.chat.state.rooms.by_name] == ["lobby", "cellar"]


@pytest.mark.parametrize("leave", ["/leave", "/part", "/join lobby", "/join #Lobby", "/leave now"])
def test_leave(leave: str) -> None:
    """A client goes back to the lobby, and its room ends, unless others are in it."""
    room, one, two = in_kitchen()
    one.say(leave)
    assert one.hears() == ["you are in lobby with Tyvem"]
    assert two.hears() == ["TEDDC has come from kitchen"]
    assert [*room.chat.state.rooms.by_name] == ["lobby"]


def test_leave_the_lobby() -> None:
    """In the lobby, a client reads how it leaves the chat."""
    _, one, two = two_members()
    one.say("/leave")
    assert one.hears() == ["error - you are in the lobby already, to leave the chat type /quit"]
    assert two.hears() == []


def test_the_holder_leaves() -> None:
    """The one who was there longest holds the room, and all in the room read it. So it is if the holder quits."""
    room, one, two = in_kitchen()
    three = room.member()
    for each in (two, three):
        each.say("/join kitchen")
        for client in (one, two, three):
            client.hears()
    one.say("/leave")
    assert one.hears() == ["you are alone in lobby"]
    assert two.hears() == ["TEDDC has gone to lobby", HOLDS]
    assert three.hears() == ["TEDDC has gone to lobby", "Tyvem holds kitchen now"]
    two.say("/quit")
    assert two.hears() == ["you have been disconnected."]
    assert three.hears() == ["Tyvem has disconnected.", HOLDS]


def test_the_program_of_the_holder_ends() -> None:
    """Whoever holds the room then is notified, if it is not gone too."""
    room, one, two = in_kitchen()
    three = room.member()
    for each in (two, three):
        each.say("/join kitchen")
        for client in (one, two, three):
            client.hears()
    room.hub.part_from([one.end.address])
    assert two.hears() == ["TEDDC has disconnected.", HOLDS]
    assert three.hears() == ["TEDDC has disconnected.", "Tyvem holds kitchen now"]
    one.say("/join kitchen")
    assert one.hears() == [f"you are in kitchen with Tyvem, {nickname(three)}"]
    two.hears()
    three.hears()
    room.hub.part_from([two.end.address, three.end.address])
    assert two.hears() == three.hears() == []
    assert one.hears()[-1] == HOLDS


def test_a_private_room_has_no_name_outside() -> None:
    """Those outside read that a client moved, and not where."""
    room, one, two = in_kitchen("/private on")
    three = room.member()
    two.say("/join kitchen")
    assert two.hears() == [CLOSED]
    one.say("/invite Tyvem")
    two.hears()
    two.say("/join kitchen")
    assert two.hears() == ["you are in kitchen with TEDDC"]
    assert three.hears() == ["Tyvem has gone to another room"]
    two.say("/leave")
    assert three.hears() == ["Tyvem has come from another room"]
    two.hears()
    two.say("/join KITCHEN")
    assert two.hears() == [CLOSED.replace("kitchen", "KITCHEN")], "as it was typed, not as it is"


@pytest.mark.parametrize("secret", ["/key sesame", "/private on", "/private on\n/key sesame"])
def test_all_rooms_that_are_not_open_look_alike(secret: str) -> None:
    """Without a key, and with a wrong one."""
    _, _, two = in_kitchen(secret)
    for word in ("kitchen", "#kitchen", "kitchen open", "kitchen Sesame", "kitchen off"):
        two.say(f"/join {word}")
        assert two.hears() == [CLOSED]


@pytest.mark.parametrize("key", ["sesame", "open sesame", "\u00e9"])
def test_a_key_opens_a_room(key: str) -> None:
    """A key may have several words. A room that is private takes its key, too."""
    _, one, two = in_kitchen(f"/key {key}", "/private on")
    two.say(f"/join kitchen  {key.replace(' ', '   ')} ".replace("\u00e9", "e\u0301"))
    assert two.hears() == ["you are in kitchen with TEDDC"]
    assert one.hears() == ["Tyvem has come from lobby"]


@pytest.mark.parametrize("log", [False, True])
def test_whoever_makes_a_room_with_a_key_sets_the_key(*, log: bool) -> None:
    """So it is in a room that is empty, and kept for its log. Otherwise a key that is not needed does nothing."""
    _, one, two = in_kitchen(*["hello"] * log, "/leave")
    one.say("/join kitchen sesame")
    assert one.hears()[-2:] == ["you are alone in kitchen, your key is set", HOLDS]
    two.hears()
    two.say("/join kitchen")
    assert two.hears() == [CLOSED]
    two.say("/join lobby sesame\n/join kitchen sesame")
    assert two.hears() == ["you are in lobby already", "you are in kitchen with TEDDC"]


def test_history_on_joining_a_room() -> None:
    """If the operator sets it, the client that enters reads the last lines, after who is there."""
    room, one, two = in_kitchen("hello", "it is dark here")
    one.hears()
    room.chat.state.rules = attrs.evolve(room.chat.state.rules, history_on_join=1)
    two.say("/join kitchen")
    assert two.hears() == ["you are in kitchen with TEDDC", "[00:00] TEDDC: it is dark here"]
    two.say("/join kitchen\n/quit")
    assert two.hears() == ["you are in kitchen already", "you have been disconnected."]
    one.say("/leave")
    assert one.hears()[-1] == "you are alone in lobby", "nothing was said there"


def test_a_stranger_that_joins_a_room() -> None:
    """The first line of a stranger may be the command: it comes from the lobby, as everybody does."""
    room, one, two = in_kitchen()
    three = room.client()
    three.say("/join kitchen")
    assert three.hears() == ["you are in kitchen with TEDDC"]
    assert one.hears() == [f"{nickname(three)} has come from lobby"]
    assert two.hears() == [f"{nickname(three)} has gone to kitchen"]


def test_names_from_the_right() -> None:
    """Names of rooms and clients that are written from the right stay in their places."""
    room = Room(drawing("TEDDC", "Tyvem"))
    one, two = room.member(), room.member()
    shalom = "\u05e9\u05dc\u05d5\u05dd"
    one.say(f"/join {shalom}\n/nick {shalom}")
    two.hears()
    two.say(f"/join {shalom}")
    assert two.hears() == [f"you are in {shalom} with {shalom}\u200e"]
