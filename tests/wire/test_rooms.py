"""What rooms there are, to the byte: `/rooms`, `/topic`."""

from __future__ import annotations

import pytest

from tests.room import Room, two_members
from tests.wire.example import TEDDC, Example
from tests.wire.kitchen import in_kitchen
from udpchat.domain.commands.rooms import MAX_TOPIC, RoomsListed, TopicChanged, TopicShown, TopicTooLong
from udpchat.domain.limits import MIN_DATAGRAM
from udpchat.domain.rooms.listing import ListedRoom

SENTENCES = (
    Example(
        RoomsListed(
            (
                ListedRoom("lobby", "", 12, has_key=False, private=False),
                ListedRoom("kitchen", "lunch at noon", 2, has_key=False, private=False),
                ListedRoom("cellar", "", 1, has_key=True, private=False),
                ListedRoom("attic", "stars", 1, has_key=True, private=True),
                ListedRoom("garden", "", 0, has_key=False, private=False),
            )
        ),
        b"/join lobby - 12 members\n"
        b"/join kitchen - 2 members: lunch at noon\n"
        b"/join cellar KEY - 1 member\n"
        b"/join attic KEY - 1 member, private: stars\n"
        b"/join garden - 0 members\n",
    ),
    Example(TopicShown("lunch at noon"), b"showing the topic: lunch at noon\n"),
    Example(TopicShown(""), b"showing the topic: there is none\n"),
    Example(TopicChanged(TEDDC, "lunch at noon"), b"TEDDC changed the topic to lunch at noon\n"),
    Example(TopicChanged(TEDDC, "lunch at noon"), b"new topic set: lunch at noon\n", own=True),
    Example(TopicChanged(TEDDC, ""), b"TEDDC removed the topic\n"),
    Example(TopicChanged(TEDDC, ""), b"you removed the topic\n", own=True),
    Example(TopicTooLong(), b"error - a topic has at most 200 characters\n"),
)


def test_rooms() -> None:
    """The fullest room comes first, then the older one; nobody else reads anything."""
    room, one, two = two_members()
    three = room.member()
    one.say("/join kitchen\n/topic lunch at noon\nhello")
    two.say("/join cellar\n/key sesame")
    three.say("/join kitchen\n/rooms")
    assert three.hears()[-3:] == [
        "/join kitchen - 2 members: lunch at noon",
        "/join cellar KEY - 1 member",
        "/join lobby - 0 members",
    ]
    for each in (one, two):
        each.hears()
    one.say("/leave")
    three.say("/leave\n/rooms and more")
    assert three.hears()[-3:] == ["/join lobby - 2 members", "/join cellar KEY - 1 member", "/join kitchen - 0 members"]
    assert two.hears() == []


@pytest.mark.parametrize("key", ["", "/key sesame"])
def test_a_private_room_is_shown_to_its_members(key: str) -> None:
    """Not to anybody else, invited or not."""
    _, one, two = in_kitchen(key, "/private on", "/topic secrets", "/invite Tyvem")
    one.hears()
    two.hears()
    two.say("/rooms")
    assert two.hears() == ["/join lobby - 1 member"]
    one.say("/rooms")
    shown = f"/join kitchen{' KEY' if key else ''} - 1 member, private: secrets"
    assert one.hears() == ["/join lobby - 1 member", shown]
    one.say("/private off\n/key off\n/rooms")
    two.say("/rooms")
    assert one.hears()[-1] == two.hears()[-1] == "/join kitchen - 1 member: secrets"


def test_many_rooms_are_shown_in_parts() -> None:
    """A list of a thousand rooms with long topics comes as other long answers do, and a long topic is cut."""
    room = Room(max_datagram=MIN_DATAGRAM)
    one = room.member()
    for number in range(999):
        made = room.chat.state.rooms.make(f"room{number}", 1000)
        assert made is not None
        room.chat.state.rooms.set_topic(made, "\u00e9" * MAX_TOPIC, None)
    one.say("/rooms")
    lines = one.hears()
    assert 1 < len(lines) < 100
    while room.hub.pacing:
        room.hub.pace()
        lines += one.hears()
    assert [line.split()[1] for line in lines] == ["lobby", *(f"room{number}" for number in range(999))]
    assert lines[1].startswith("/join room0 - 0 members: \u00e9")
    assert lines[1].endswith("\u00e9...")
    assert all(len(line.encode()) < MIN_DATAGRAM for line in lines)


def test_topic() -> None:
    """The holder reads one sentence, the others in the room another; everybody may ask."""
    room, one, two = in_kitchen()
    three = room.member()
    two.say("/join kitchen")
    for each in (one, two, three):
        each.hears()
    two.say("/topic")
    assert two.hears() == ["showing the topic: there is none"]
    one.say("/topic  lunch, at  noon ")
    assert one.hears() == ["new topic set: lunch, at  noon"]
    assert two.hears() == ["TEDDC changed the topic to lunch, at  noon"]
    two.say("/topic")
    assert two.hears() == ["showing the topic: lunch, at  noon"]
    one.say("/topic lunch, at  noon")
    assert one.hears() == ["new topic set: lunch, at  noon"]
    assert two.hears() == [], "it is the same"
    one.say("/topic OFF\n/topic")
    assert one.hears() == ["you removed the topic", "showing the topic: there is none"]
    assert two.hears() == ["TEDDC removed the topic"]
    assert three.hears() == []


def test_topic_too_long() -> None:
    """A topic of 200 characters of any script is set, a longer one is refused."""
    _, one, _ = in_kitchen()
    longest = "\u00e9" * 200
    one.say(f"/topic {longest}")
    assert one.hears() == [f"new topic set: {longest}"]
    one.say(f"/topic {longest}x")
    assert one.hears() == ["error - a topic has at most 200 characters"]
