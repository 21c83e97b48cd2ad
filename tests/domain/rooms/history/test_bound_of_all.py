"""What the logs of all rooms together may take."""

from __future__ import annotations

import pytest

from tests.domain.peers import peer
from tests.room import NAMES
from udpchat.domain.grammar import GRAMMAR, ROOMS_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.history.log import MESSAGE_BYTES
from udpchat.domain.rooms.inputs import Input, Rules, Started
from udpchat.domain.rooms.state import MEASURED, ChatState

SERVER, ONE, TWO = peer(port=9), peer(port=1), peer(port=2)
MOST = 100_000  # bytes


def talk(text: str, grammar: int = GRAMMAR) -> ChatState:
    """Return the state after 2,000 lines in two rooms, or in one before there were rooms."""
    chat = Chat(ChatState(NAMES))
    chat.handle(Input(0.0, 0, SERVER, Started(Rules(history_bytes=MOST), grammar=grammar)))
    for number, line in enumerate(["", "/join kitchen", *[text] * 2000]):
        chat.handle(Input(0.0, number, TWO if number % 2 else ONE, line))
    return chat.state


@pytest.mark.parametrize("text", ["a", "a line of some words", "\N{EURO SIGN}" * 200])
@pytest.mark.parametrize("grammar", [ROOMS_SINCE, GRAMMAR])
def test_all_logs_together_are_bounded(text: str, grammar: int) -> None:
    """Short lines count with what each takes in memory, long ones with their text. Both rooms keep some."""
    state = talk(text, grammar)
    kept = [len(room.log.messages) for room in state.rooms]
    size = len(text.encode()) + MESSAGE_BYTES
    assert min(kept) > 0
    assert sum(kept) * size <= MOST + MEASURED * size


def test_there_was_no_such_bound_before_rooms() -> None:
    """A journal of an earlier version replays as it did, although the rule has a default."""
    assert len(talk("a line of some words", ROOMS_SINCE - 1).rooms.lobby.log.messages) == 2000
