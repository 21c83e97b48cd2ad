"""A room beside the lobby, for the tests of what happens there."""

from __future__ import annotations

from tests.room import Client, Room, two_members

HOLDS = "you hold kitchen now, you may use /topic, /key, /private, /invite, /next, /kick, /mute, /slow and /hush"
CLOSED = "error - kitchen is not open to you, you need its key or an invitation"


def in_kitchen(*lines: str) -> tuple[Room, Client, Client]:
    """Return a room with TEDDC alone in the kitchen, where it said these lines, and Tyvem in the lobby."""
    room, one, two = two_members()
    one.say("\n".join(("/join kitchen", *lines)))
    one.hears()
    two.hears()
    return room, one, two


def nickname(client: Client) -> str:
    """Return the nickname of a client."""
    member = client.room.chat.state.roster.get(client.end.address)
    assert member is not None
    return member.nickname
