"""Who is away, in every version and on every node alike."""

from __future__ import annotations

import pytest

from tests.domain.cluster.chats import ONE, TWO, Cluster
from tests.domain.peers import peer
from tests.moving import move
from tests.room import NAMES
from udpchat.domain.commands import COMMANDS, away, hands, ignoring
from udpchat.domain.commands.away import CameBack, WentAway
from udpchat.domain.grammar import GRAMMAR, ROOMS_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.obey import UnknownCommand
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.rooms.audience import InRoom, InRoomBy
from udpchat.domain.rooms.inputs import Input, Rules, Started
from udpchat.domain.rooms.state import ChatState

NEW = [command for each in (away, hands, ignoring) for command in each.FAMILY.commands]
WORDS = [*(command.word for command in NEW), "/who", "/names", "/whois"]


@pytest.mark.parametrize("word", WORDS)
def test_before_rooms_there_were_no_such_commands(word: str) -> None:
    """A replay of a journal that an earlier version wrote says what that version said."""
    assert word in COMMANDS
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(ROOMS_SINCE - 1)
    chat.handle(Input(0.0, 1, peer(), ""))
    ((_, event),) = chat.handle(Input(0.0, 2, peer(), word))
    assert event == UnknownCommand(word, hints=True)
    assert [*snapshot(chat.state).slices] == []


def test_all_rooms_of_a_member_are_notified() -> None:
    """A client that is in several rooms goes away and comes back once, in all of them."""
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(GRAMMAR)
    chat.handle(Input(0.0, 1, peer(), ""))
    kitchen = move(chat.state, peer(), "kitchen")
    (member,) = chat.state.roster
    chat.state.rooms.enter(member, chat.state.rooms.lobby)
    audiences = [InRoomBy(kitchen.name, peer()), InRoom("lobby", frozenset((peer(),)))]
    for line, event in (("/away", WentAway(member.nickname, "")), ("/back", CameBack(member.nickname))):
        assert chat.handle(Input(0.0, 7, peer(), line)) == [(audience, event) for audience in audiences]
    chat.handle(Input(0.0, 7, peer(), "/away"))
    back = [(audience, CameBack(member.nickname)) for audience in audiences]
    assert chat.handle(Input(0.0, 7, peer(), "hello there"))[:2] == back


def test_a_member_is_away_after_a_restart_and_a_takeover() -> None:
    """Its reason is kept, at its new address."""
    cluster = Cluster()
    for node in "ab":
        cluster.handle(node, Started(Rules(), grammar=GRAMMAR))
    cluster.handle("a", "hello", ONE)
    cluster.handle("b", "/away lunch", TWO)
    cluster.handle("a", Started(Rules(), takes_over="b", grammar=GRAMMAR))
    for chat in cluster.chats.values():
        after = Chat(ChatState(NAMES, directory=chat.state.directory))
        restore(after.state, snapshot(chat.state))
        for each in (chat, after):
            assert [each.state.slices.absence_of(member.address) for member in each.state.roster] == [None, "lunch"]
