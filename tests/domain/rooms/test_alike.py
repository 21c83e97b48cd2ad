"""Rooms whose names became alike, because a server with other tables of Unicode made them."""

from __future__ import annotations

import pytest

from tests.domain.peers import Peer, peer
from tests.room import NAMES
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import SavedPlace, SavedRoom, Snapshot, restore
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

ROOMS = ("den", "Den", "d\N{LATIN SMALL LETTER DOTLESS I}n", "DEN")
MEMBERS = [peer(port=number) for number in range(1 + len(ROOMS))]


def chat() -> Chat:
    """Return a chat with a member in each of the rooms, and one in the lobby."""
    places = [*ROOMS, "lobby"]
    rooms = [SavedRoom(name, each, members=(each,)) for name, each in zip(ROOMS, MEMBERS, strict=False)]
    found = Chat(ChatState(NAMES))
    members = tuple((each, Nickname(f"n{each.port}")) for each in MEMBERS)
    where = tuple(SavedPlace((place,), number, 0.0, 0.0) for number, place in enumerate(places, 1))
    lobby = SavedRoom("lobby", members=(MEMBERS[-1],))
    restore(found.state, Snapshot(grammar=GRAMMAR, members=members, places=where, rooms=(lobby, *rooms)))
    return found


@pytest.mark.parametrize("order", [MEMBERS[:-1], MEMBERS[-2::-1]])
def test_rooms_that_are_alike_end_one_by_one(order: list[Peer]) -> None:
    """Each is found while it exists and none before it is, and nobody can make another one like it."""
    here, asking = chat(), MEMBERS[-1]
    for number, each in enumerate(order, 1):
        assert here.state.rooms.known("den", asking) in [*here.state.rooms]
        here.handle(Input(0.0, 0, each, "/quit"))
        assert len(here.state.rooms.by_name) == 1 + len(ROOMS) - number
    assert here.state.rooms.known("den", asking) is None
    here.handle(Input(0.0, 0, asking, "/join den"))
    assert [room.name for room in here.state.rooms] == ["lobby", "den"]
