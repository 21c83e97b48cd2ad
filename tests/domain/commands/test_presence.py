"""Coming into the room."""

from __future__ import annotations

import pytest

from tests.domain.peers import peer
from tests.room import NAMES
from udpchat.domain.commands.presence import Entered
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.state import ChatState


@pytest.mark.parametrize("line", ["/enter", "/ENTER", "/enter k7f3qz", "/enter k7f3qz and more"])
def test_a_stranger_that_enters_reads_its_name(line: str) -> None:
    """Whatever follows the word, and in whichever letter case it is typed."""
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(GRAMMAR)
    ((_, event),) = chat.handle(Input(0.0, 7, peer(port=1), line))
    (member,) = chat.state.roster
    assert event == Entered(member.nickname)
