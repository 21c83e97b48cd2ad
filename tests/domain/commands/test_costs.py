"""What a command costs: nothing that the server keeps may make one line take as long as hundreds."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from tests.domain.peers import Peer, peer
from tests.room import NAMES, entropy_for, numbered_nickname
from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.hands import MAX_HANDS
from udpchat.domain.commands.ignoring import MAX_IGNORED
from udpchat.domain.commands.spec import each_once
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.machine.chat import Chat
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.state import ChatState

MEMBERS = 600  # in the lobby: all away, with their hands up and their bells on
ROOMS = 300  # with one member each
LINES = 2000  # that the lobby keeps
MOST = 200  # calls of Python functions: some 50 us
LINE_FOR = {"/who": "/who lobby", "/unignore": "/unignore aaaaa", "/whois": "/whois baaaa", "/history": "/history 1999"}


def full_server() -> tuple[Chat, Peer]:
    """Return a server that keeps much of everything, and one of its members, which ignores as many as it may."""
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(GRAMMAR)
    peers = [peer(port=number) for number in range(MEMBERS + ROOMS)]
    for number, each in enumerate(peers):
        chat.handle(Input(0.0, entropy_for(numbered_nickname(number)), each, ""))
    for each in peers[:MAX_HANDS]:
        chat.handle(Input(0.0, 0, each, "/hand why"))
    for number in range(LINES):
        chat.handle(Input(0.0, 0, peers[number % MAX_IGNORED], "/me waves"))
    for each in peers[:MEMBERS]:
        chat.handle(Input(0.0, 0, each, "/bell on"))
        chat.handle(Input(0.0, 0, each, "/away lunch"))
    for number, each in enumerate(peers[MEMBERS:]):
        chat.handle(Input(0.0, 0, each, f"/join room{number}"))
    asking = peers[MEMBERS - 1]
    for number in range(MAX_IGNORED):
        chat.handle(Input(0.0, 0, asking, f"/ignore {numbered_nickname(number)}"))
    chat.handle(Input(0.0, 0, asking, "/rooms"))
    return chat, asking


def calls(chat: Chat, sender: Peer, line: str) -> int:
    """Return how many Python functions a line calls, but those of addresses, which tests write in Python."""
    number = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal number
        number += event == "call" and frame.f_code.co_name not in {"__hash__", "__eq__"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        chat.handle(Input(1.0, 0, sender, line))
    finally:
        sys.setprofile(before)
    return number


@pytest.fixture(scope="module")
def full() -> tuple[Chat, Peer]:
    """Return a full server, made once."""
    return full_server()


@pytest.mark.parametrize("word", [each.word for each in each_once(COMMANDS) if each.word != "/quit"])
def test_no_command_costs_what_the_server_keeps(full: tuple[Chat, Peer], word: str) -> None:
    """Also not right after something changed, because that can be in every second line."""
    chat, asking = full
    line = LINE_FOR.get(word) or COMMANDS[word].example or word
    for before in ("/topic tea", "/nick othername", "/bell off", "/bell on"):
        chat.handle(Input(1.0, 0, peer(port=MEMBERS), before))
        chat.handle(Input(1.0, 0, peer(port=1), before))
        assert calls(chat, asking, line) < MOST
