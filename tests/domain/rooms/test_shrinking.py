"""All logs together have a bound in bytes, and a client enters a bounded number of rooms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import peer
from tests.room import NAMES
from udpchat.domain.commands.talk import Said
from udpchat.domain.rooms.rooms import MAX_ROOMS_OF_CLIENT, SHRINK, Rooms
from udpchat.domain.rooms.state import MEASURED, ChatState
from udpchat.domain.text.nickname import Nickname

NAME = Nickname("TEDDC")
NAMED = ("lobby", "kitchen", "cellar")


def said_in(rooms: Rooms) -> dict[str, list[str]]:
    """Return the texts that are kept, by room."""
    return {room.name: [message.text for message in room.log.messages] for room in rooms}


def size(texts: list[str]) -> int:
    """Return the bytes of texts in UTF-8."""
    return sum(len(text.encode()) for text in texts)


@given(
    st.lists(st.tuples(st.sampled_from(NAMED), st.text("aé€", min_size=1, max_size=30)), max_size=60),
    st.integers(0, 300),
)
def test_the_longest_logs_lose_their_oldest_messages(said: list[tuple[str, str]], most: int) -> None:
    """What is left is the end of each log, within the bound, and no more is gone than a part of the bound needs."""
    state = ChatState(NAMES)
    state.reception.said = 1  # so that nothing is measured unasked
    for name in NAMED[1:]:
        state.rooms.make(name, 10)
    for name, text in said:
        state.record(state.rooms.by_name[name], Said(NAME, text))
    before = said_in(state.rooms)
    state.rooms.shrink(most)
    after = {name: said_in(state.rooms).get(name, []) for name in NAMED}
    for name in NAMED:
        assert before[name][len(before[name]) - len(after[name]) :] == after[name]
    assert sum(map(size, after.values())) <= most or not any(after.values())
    if sum(map(size, before.values())) <= most:
        assert after == before
    else:
        longest = max(len(text.encode()) for texts in before.values() for text in texts)
        assert sum(map(size, after.values())) >= most - most // SHRINK - longest - 1
    assert {*said_in(state.rooms)} == {"lobby", *(name for name in NAMED if after[name])}


def test_the_bytes_are_measured_once_in_a_while() -> None:
    """The bound of the rules holds after every so many messages."""
    state = ChatState(NAMES)
    state.rules = type(state.rules)(history_bytes=1000)
    for number in range(3 * MEASURED):
        state.record(state.rooms.lobby, Said(NAME, "x" * 100))
        if number % MEASURED == 0:
            assert state.rooms.lobby.log.size <= 1000
    assert state.rooms.lobby.log.size > 1000


def test_a_client_is_in_a_bounded_number_of_rooms() -> None:
    """One more is our own bug."""
    state = ChatState(NAMES)
    member = state.add(peer(), NAME, 0.0)
    for number in range(MAX_ROOMS_OF_CLIENT):
        room = state.rooms.make(f"room{number}", 100)
        assert room is not None
        if number < MAX_ROOMS_OF_CLIENT - 1:
            state.rooms.enter(member, room)
        else:
            with pytest.raises(ValueError, match="is in 10 rooms"):
                state.rooms.enter(member, room)
