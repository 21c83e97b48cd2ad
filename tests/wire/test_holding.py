"""What the holder of a room may do, to the byte: `/key`, `/private`, `/invite`."""

from __future__ import annotations

import pytest

from tests.room import two_members
from tests.wire.example import CLIENT, TEDDC, TYVEM, Example
from tests.wire.kitchen import CLOSED, in_kitchen, nickname
from udpchat.domain.commands.holding import (
    BecameHolder,
    HolderChanged,
    Invited,
    KeyChanged,
    KeyMissing,
    NeedsNoInvitation,
    PrivacyChanged,
)
from udpchat.domain.rooms.holder import NobodyHolds, NotHolder

SENTENCES = (
    Example(
        BecameHolder("kitchen"),
        b"you hold kitchen now, you may use /topic, /key, /private, /invite, /next, /kick, /mute, /slow and /hush\n",
    ),
    Example(HolderChanged(TEDDC, "kitchen"), b"TEDDC holds kitchen now\n"),
    Example(KeyChanged(TEDDC, has_key=True), b"TEDDC set a key\n"),
    Example(KeyChanged(TEDDC, has_key=True), b"new key set, those who are not invited need it to come in\n", own=True),
    Example(KeyChanged(TEDDC, has_key=False), b"TEDDC removed the key\n"),
    Example(KeyChanged(TEDDC, has_key=False), b"you removed the key\n", own=True),
    Example(PrivacyChanged(TEDDC, private=True), b"TEDDC made this room private\n"),
    Example(
        PrivacyChanged(TEDDC, private=True),
        b"you made this room private, others need its key or an invitation\n",
        own=True,
    ),
    Example(PrivacyChanged(TEDDC, private=False), b"TEDDC made this room public\n"),
    Example(PrivacyChanged(TEDDC, private=False), b"you made this room public, /rooms shows it to all\n", own=True),
    Example(Invited(TEDDC, TYVEM, "kitchen"), b"TEDDC invites you to kitchen\nto go there, type: /join kitchen\n"),
    Example(Invited(TEDDC, TYVEM, "kitchen"), b"you invited Tyvem to kitchen\n", own=True),
    Example(NotHolder(TEDDC, "kitchen"), b"error - only TEDDC, who holds kitchen, may do that\n"),
    Example(NobodyHolds("lobby"), b"error - nobody holds lobby, to make a room that you hold type: /join NAME\n"),
    Example(KeyMissing(), b"error - /key takes a key, or off\n"),
    Example(NeedsNoInvitation(TYVEM, "kitchen", invited=False), b"error - Tyvem is in kitchen already\n"),
    Example(NeedsNoInvitation(CLIENT, "kitchen", invited=True), b"error - client is invited already\n"),
)


@pytest.mark.parametrize(
    ("line", "own", "others"),
    [
        ("/key sesame", "new key set, those who are not invited need it to come in", "TEDDC set a key"),
        (
            "/private on",
            "you made this room private, others need its key or an invitation",
            "TEDDC made this room private",
        ),
    ],
)
def test_closing_and_opening_a_room(line: str, own: str, others: str) -> None:
    """The room reads of it, and nobody outside. If nothing changes, only the holder reads anything."""
    room, one, two = in_kitchen()
    three = room.member()
    two.say("/join kitchen")
    for each in (one, two, three):
        each.hears()
    one.say(line.upper() if line == "/private on" else line)
    assert (one.hears(), two.hears()) == ([own], [others])
    one.say(line)
    assert (one.hears(), two.hears()) == ([own], [])
    three.say("/join kitchen")
    assert three.hears() == [CLOSED]
    one.say(f"{line.split(maxsplit=1)[0]} OFF")
    (opened,), (read,) = one.hears(), two.hears()
    assert opened in {"you removed the key", "you made this room public, /rooms shows it to all"}
    assert read in {"TEDDC removed the key", "TEDDC made this room public"}
    three.say("/join kitchen")
    assert three.hears() == ["you are in kitchen with TEDDC, Tyvem"]


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("/key", "error - /key takes a key, or off"),
        ("/private", "error - /private takes on or off"),
        ("/private on please", "error - /private takes on or off"),
        ("/invite", "error - /invite takes one nickname"),
        ("/invite Tyvem client", "error - /invite takes one nickname"),
        ("/invite nobody", "error - nobody is not here"),
        ("/invite TEDDC", "error - TEDDC is in kitchen already"),
    ],
)
def test_what_is_unclear_changes_nothing(line: str, refusal: str) -> None:
    """Only the holder reads why."""
    room, one, two = in_kitchen()
    one.say(line)
    assert one.hears() == [refusal]
    assert two.hears() == []
    kitchen = room.chat.state.rooms.by_name["kitchen"]
    assert (kitchen.key, kitchen.private, kitchen.invited) == ("", False, {})


@pytest.mark.parametrize(
    "line", ["/topic lunch", "/topic off", "/key sesame", "/key off", "/private on", "/invite Tyvem"]
)
def test_only_the_holder_may_do_it(line: str) -> None:
    """In the lobby nobody may: there a client reads how it comes to hold a room."""
    _, one, two = in_kitchen()
    two.say(f"{line}\n/join kitchen\n{line}")
    assert two.hears() == [
        "error - nobody holds lobby, to make a room that you hold type: /join NAME",
        "you are in kitchen with TEDDC",
        "error - only TEDDC, who holds kitchen, may do that",
    ]
    assert one.hears() == ["Tyvem has come from lobby"]


@pytest.mark.parametrize("word", ["Tyvem", "TYVEM", "Tyvern"])
def test_invite(word: str) -> None:
    """The client that is invited reads who invites it and what to type; it may enter once."""
    room, one, two = in_kitchen("/key sesame", "/private on")
    three = room.member()
    one.say(f"/invite {word}")
    assert one.hears() == ["you invited Tyvem to kitchen"]
    assert two.gets() == [b"TEDDC invites you to kitchen\nto go there, type: /join kitchen\n"]
    one.say(f"/invite {word}")
    assert one.hears() == ["error - Tyvem is invited already"]
    assert two.hears() == three.hears() == []
    two.say("/join kitchen\n/leave\n/join kitchen")
    assert two.hears() == ["you are in kitchen with TEDDC", f"you are in lobby with {nickname(three)}", CLOSED]


def test_a_long_word_in_an_invitation_is_cut() -> None:
    """What is no nickname is shown as far as it fits into a datagram."""
    _, one, _ = in_kitchen()
    one.say(f"/invite {'x' * 5000}")
    (refusal,) = one.hears()
    assert refusal.startswith("error - xxx")
    assert refusal.endswith("xxx... is not here")
    assert len(refusal) < 1400


def test_an_invitation_is_for_a_person() -> None:
    """Whoever comes to the address later is not invited."""
    _, one, two = in_kitchen("/private on")
    one.say("/invite Tyvem")
    two.say("/quit")
    two.say("/join kitchen")
    assert two.hears()[-1] == CLOSED


def test_nobody_else_reads_of_an_invitation() -> None:
    """Neither those in the room, nor those in the lobby."""
    room, one, two = in_kitchen()
    three = room.member()
    two.say("/join kitchen")
    for each in (one, two, three):
        each.hears()
    one.say(f"/invite {nickname(three)}")
    assert one.hears() == [f"you invited {nickname(three)} to kitchen"]
    assert two.hears() == []
    assert three.hears() == ["TEDDC invites you to kitchen", "to go there, type: /join kitchen"]


def test_the_lobby_stays_open() -> None:
    """Its name cannot be taken, and nobody holds it who comes back first."""
    room, one, two = two_members()
    one.say("/join kitchen")
    two.say("/join kitchen")
    one.say("/leave\n/private on")
    assert one.hears()[-1] == "error - nobody holds lobby, to make a room that you hold type: /join NAME"
    assert room.chat.state.rooms.lobby.holder is None


def test_a_private_room_is_made_unseen() -> None:
    """Whoever comes from a room where it was alone, and hides the new one at once, names it to nobody."""
    _, one, two = two_members()
    one.say("/join alone")
    one.say("/join den\n/private on")
    one.hears()
    two.say("/rooms\n/who den\n/whois TEDDC")
    gone, *others = two.hears()
    assert gone == "TEDDC has gone to alone"
    assert [line for line in others if "den" in line] == ["error - there is no room den"]
