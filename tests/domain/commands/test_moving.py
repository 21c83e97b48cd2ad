"""From room to room: how many rooms one may hold, and clients that are in several rooms."""

from __future__ import annotations

import attrs
import pytest

from tests.domain.peers import peer
from tests.room import NAMES
from udpchat.domain.address import Address
from udpchat.domain.commands.holding import BecameHolder, HolderChanged, Invited, NeedsNoInvitation
from udpchat.domain.commands.moving import LobbyLeft, TooManyHeld
from udpchat.domain.commands.rooms import RoomsListed
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.event import Event
from udpchat.domain.grammar import GRAMMAR, ROOMS_SINCE
from udpchat.domain.limits import MIN_DATAGRAM
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.obey import UnknownCommand
from udpchat.domain.rooms.audience import Delivery, InRoom, Notify, Only
from udpchat.domain.rooms.holder import NotHolder
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.listing import ListedRoom
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.moves import Come, Gone, RoomEntered
from udpchat.domain.rooms.room import MAX_INVITED
from udpchat.domain.rooms.rooms import MAX_HELD, MAX_ROOMS_OF_CLIENT
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import MAX_CHARACTERS, Nickname

ONE, TWO = peer(port=1), peer(port=2)


def say(chat: Chat, sender: Address, line: str) -> list[Delivery]:
    """Let a client say a line."""
    return chat.handle(Input(0.0, 7, sender, line))


def two() -> tuple[Chat, Member, Member]:
    """Return a chat with two members in the lobby."""
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(GRAMMAR)
    return chat, chat.state.add(ONE, Nickname("TEDDC"), 0.0), chat.state.add(TWO, Nickname("Tyvem"), 0.0)


def window(chat: Chat, member: Member, name: str) -> None:
    """Let a member into one more room."""
    room = chat.state.rooms.find(name) or chat.state.rooms.make(name, 1000)
    assert room is not None
    chat.state.rooms.enter(member, room)
    chat.state.rooms.new_holders.clear()


@pytest.mark.parametrize("last", ["kitchen", "attic"])
def test_a_client_holds_five_rooms(last: str) -> None:
    """A client with windows that holds five may make a sixth, or enter an empty one, only in place of one of these."""
    chat, one, _ = two()
    say(chat, TWO, "/join attic")
    say(chat, TWO, "hello")
    say(chat, TWO, "/leave")
    for number in range(MAX_HELD):
        window(chat, one, f"room{number}")
    chat.state.exit(one, chat.state.rooms.lobby)
    window(chat, one, "lobby")
    assert say(chat, ONE, f"/join {last}") == [(Only(ONE), TooManyHeld())]
    chat.state.exit(one, chat.state.rooms.lobby)
    deliveries = say(chat, ONE, f"/join {last}")
    assert deliveries[0] == (InRoom(f"room{MAX_HELD - 1}"), Gone(one.nickname, last))
    assert sum(room.holder == ONE for room in chat.state.rooms) == MAX_HELD


def test_a_client_is_in_ten_rooms_at_most() -> None:
    """A dialect with windows must not let it into another one: it stays where it was."""
    chat, one, _ = two()
    for number in range(1, MAX_ROOMS_OF_CLIENT):
        window(chat, one, f"room{number}")
    rooms = one.place.rooms
    assert len(rooms) == MAX_ROOMS_OF_CLIENT
    with pytest.raises(ValueError, match="10 rooms"):
        window(chat, one, "another")
    assert one.place.rooms == rooms
    assert not chat.state.rooms.by_name["another"].members


def test_what_is_known_of_a_member_that_came_before_there_were_rooms() -> None:
    """It had no number then, and nobody knows since when it is here. Those who come later have the next numbers."""
    chat = Chat(ChatState(NAMES))
    chat.handle(Input(5.0, 7, ONE, "hello"))
    place = chat.state.roster.members[ONE].place
    assert (place.number, place.since, place.last) == (0, 0.0, 0.0)
    chat.handle(Input(6.0, 7, ONE, "hello"))
    chat.state.use_grammar(GRAMMAR)
    assert (place.number, place.since, place.last) == (1, 0.0, 0.0)
    other = chat.state.add(TWO, Nickname("Tyvem"), 7.0).place
    chat.state.use_grammar(GRAMMAR)
    assert (other.number, other.since, other.last) == (2, 7.0, 7.0)


def test_a_client_with_windows_that_leaves_a_room() -> None:
    """It goes on in the room that it entered last before, where nobody reads that it came: it was there."""
    chat, one, other = two()
    window(chat, one, "attic")
    window(chat, one, "kitchen")
    window(chat, other, "kitchen")
    assert say(chat, ONE, "/leave") == [
        (InRoom("kitchen"), Gone(one.nickname, "attic")),
        (Only(ONE), RoomEntered("attic", 0, ())),
        (Notify(TWO), BecameHolder("kitchen")),
        (InRoom("kitchen", frozenset((TWO,))), HolderChanged(other.nickname, "kitchen")),
    ]
    assert say(chat, ONE, "/leave")[1:] == [(Only(ONE), RoomEntered("lobby", 1, (other.nickname,)))]
    assert say(chat, ONE, "/leave") == [(Only(ONE), LobbyLeft())]


def test_a_client_with_windows_reads_the_last_lines_only_of_a_room_that_it_enters() -> None:
    """It has read those of its other rooms."""
    chat, one, _ = two()
    say(chat, ONE, "hello")
    window(chat, one, "attic")
    chat.state.rules = attrs.evolve(chat.state.rules, history_on_join=5)
    assert [event.__class__.__name__ for _, event in say(chat, ONE, "/leave")] == ["Gone", "RoomEntered"]
    assert [event.__class__.__name__ for _, event in say(chat, ONE, "/quit")] == ["Left"]


def test_at_most_a_hundred_are_invited() -> None:
    """The oldest invitation ends when there are more."""
    chat, one, _ = two()
    say(chat, ONE, "/join kitchen")
    for number in range(MAX_INVITED + 1):
        guest = chat.state.add(peer(port=100 + number), Nickname(f"guest{number}x"), 0.0)
        (_, invited), _ = say(chat, ONE, f"/invite {guest.nickname}")
        assert invited == Invited(one.nickname, guest.nickname, "kitchen")
    kitchen = chat.state.rooms.by_name["kitchen"]
    assert [*kitchen.invited] == [peer(port=100 + number) for number in range(1, MAX_INVITED + 1)]


def test_the_rooms_are_put_in_order_once() -> None:
    """Who asks receives the same object as the one before, until a room changes."""
    chat, one, other = two()
    say(chat, ONE, "/join kitchen")
    first = chat.state.rooms.shown_to(other)
    assert chat.state.rooms.shown_to(other) is first
    for line in ("/topic lunch", "/key sesame", "/private on", "/private off", "/leave"):
        say(chat, ONE, line)
        shown = chat.state.rooms.shown_to(other)
        assert shown != first
        first = shown
    assert chat.state.rooms.shown_to(one) is first


@pytest.mark.parametrize(
    "line", ["/join kitchen", "/leave", "/part", "/rooms", "/topic", "/key x", "/private on", "/invite x"]
)
def test_before_there_were_rooms(line: str) -> None:
    """In an earlier grammar these are unknown commands."""
    chat, *_ = two()
    chat.state.use_grammar(ROOMS_SINCE - 1)
    assert say(chat, ONE, line) == [(Only(ONE), UnknownCommand(line.split(maxsplit=1)[0], hints=True))]


@pytest.mark.parametrize("letter", ["x", "\U00010d00", "\U0001e922", "\U00020000"])
def test_the_longest_names_fit_into_the_smallest_datagram(letter: str) -> None:
    """In every sentence about rooms with names in it that cannot be split."""
    name = NAMES.fit(letter * MAX_CHARACTERS)
    assert name is not None
    events: list[Event] = [
        Gone(name, name),
        Come(name, name),
        RoomEntered(name, 5, (name,) * 5, "x" * 200),
        RoomEntered(name, 0, (), set_key=True),
        RoomsListed((ListedRoom(name, "x" * 200, 10_000, has_key=True, private=True),)),
        BecameHolder(name),
        HolderChanged(name, name),
        Invited(name, name, name),
        NeedsNoInvitation(name, name, invited=False),
        NotHolder(name, name),
    ]
    for event in events:
        for own in (False, True):
            assert all(len(line) <= MIN_DATAGRAM for line in render(event, MIN_DATAGRAM, own=own))
