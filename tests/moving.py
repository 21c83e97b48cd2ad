"""Rooms beside the lobby, for tests of anything but moving itself."""

from __future__ import annotations

from tests.room import Client
from udpchat.domain.address import Address
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.state import ChatState


def move(state: ChatState, address: Address, name: str) -> Room:
    """Move a member to the room with this name, which is made if there is none."""
    member = state.roster.members[address]
    for each in member.place.rooms:
        state.exit(member, each)
    room = state.rooms.find(name) or state.rooms.make(name, state.rules.max_rooms)
    assert room is not None
    state.rooms.enter(member, room)
    state.rooms.new_holders.clear()  # nobody is notified
    return room


def go(client: Client, name: str) -> Room:
    """Move a client to the room with this name."""
    return move(client.room.chat.state, client.end.address, name)
