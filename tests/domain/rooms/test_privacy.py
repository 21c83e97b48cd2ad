"""Which rooms may be named to a client."""

from __future__ import annotations

import pytest

from tests.domain.peers import peer
from tests.room import NAMES
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname


def chat() -> tuple[ChatState, Member, Member, Room]:
    """Return a chat with two members; the first one is alone in `Kitchen`."""
    state = ChatState(NAMES)
    one, two = (state.add(peer(port=port), Nickname(name), 0.0) for port, name in ((1, "TEDDC"), (2, "Tyvem")))
    kitchen = state.rooms.make("Kitchen", 10)
    assert kitchen is not None
    state.rooms.leave(one, state.rooms.lobby)
    state.rooms.enter(one, kitchen)
    return state, one, two, kitchen


@pytest.mark.parametrize("word", ["Kitchen", "#Kitchen", "kitchen", "K\u0131tchen", "KITCHEN"])
def test_a_room_is_found_by_a_word(word: str) -> None:
    """With or without `#`, and by whatever looks like its name."""
    state, one, two, kitchen = chat()
    assert state.rooms.known(word, one.address) is state.rooms.known(word, two.address) is kitchen


@pytest.mark.parametrize("word", ["", "#", "##Kitchen", "Kit chen", "cellar", "\u0301" * 100_000])
def test_no_room_is_found_by_other_words(word: str) -> None:
    """Also if a word can be no name, however long it is."""
    state, one, *_ = chat()
    assert state.rooms.known(word, one.address) is None


def test_a_private_room_is_known_to_its_members_only() -> None:
    """Not even to those who are invited: whoever asks for them could name it to others."""
    state, one, two, kitchen = chat()
    kitchen.key = "a keyed hash"
    assert kitchen.is_known_to(two.address)
    kitchen.private = True
    kitchen.invited[two.address] = None
    assert kitchen.is_known_to(one.address)
    assert not kitchen.is_known_to(two.address)
    assert state.rooms.known("kitchen", one.address) is kitchen
    assert state.rooms.known("kitchen", two.address) is None
