"""A client enters a bounded number of rooms."""

from __future__ import annotations

import pytest

from tests.domain.peers import peer
from tests.room import NAMES
from udpchat.domain.rooms.rooms import MAX_ROOMS_OF_CLIENT
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname


def test_a_client_is_in_a_bounded_number_of_rooms() -> None:
    """One more is our own bug."""
    state = ChatState(NAMES)
    member = state.add(peer(), Nickname("TEDDC"), 0.0)
    for number in range(MAX_ROOMS_OF_CLIENT):
        room = state.rooms.make(f"room{number}", 100)
        assert room is not None
        if number < MAX_ROOMS_OF_CLIENT - 1:
            state.rooms.enter(member, room)
        else:
            with pytest.raises(ValueError, match="is in 10 rooms"):
                state.rooms.enter(member, room)
