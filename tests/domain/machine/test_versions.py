"""Versions in starts: a line is read by the grammar that was in force, and nodes agree on it or refuse."""

from __future__ import annotations

import attrs
import pytest

from tests.domain.peers import peer
from tests.journals import MemoryAddresses
from tests.room import NAMES
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.domain.commands import COMMANDS, GRAMMAR
from udpchat.domain.commands.spec import Command
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.obey import UnknownCommand
from udpchat.domain.machine.versions import conflict, grammar_beside
from udpchat.domain.rooms.audience import Only
from udpchat.domain.rooms.inputs import Heartbeat, Input, Rules, Started
from udpchat.domain.rooms.state import ChatState

SERVER, WHO = peer(port=12000), peer(port=1)
OWN = NAMES.unicode.version


def test_a_command_counts_from_its_version_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before, its word is unknown and not in /help; so a replay of an old journal says what the server said."""
    listing: Command[object] = COMMANDS["/list"]
    monkeypatch.setitem(COMMANDS, "/later", attrs.evolve(listing, usage="/later", since=2))
    chat = Chat(ChatState(NAMES))
    told = [chat.handle(Input(0.0, 7, WHO, line)) for line in ("", "/later", "/help")]
    assert told[1] == [(Only(WHO), UnknownCommand("/later"))]
    assert "/later" not in str(told[2])
    chat.handle(Input(0.0, 7, SERVER, Started(Rules(), grammar=2)))
    assert len(chat.handle(Input(0.0, 7, WHO, "/later"))) == 2
    assert "/later" in str(chat.handle(Input(0.0, 7, WHO, "/help")))


def state_beside(started: Started, at: float = 100.0) -> ChatState:
    """Return the state after node b started and sent a heartbeat."""
    addresses = ClusterAddresses("a", MemoryAddresses())
    chat = Chat(ChatState(NAMES, directory=addresses))
    other = addresses.decode("b 0 10.0.0.9:12000")
    chat.handle(Input(at - 1, 7, other, started))
    chat.handle(Input(at, 7, other, Heartbeat(lease=15.0)))
    return chat.state


@pytest.mark.parametrize(
    ("started", "now", "sentence"),
    [
        (Started(Rules(), grammar=GRAMMAR, unicode=OWN), 101.0, ""),
        (Started(Rules()), 101.0, ""),  # a version that did not record its tables
        (
            Started(Rules(), grammar=GRAMMAR + 1, unicode=OWN),
            101.0,
            f"node b uses grammar {GRAMMAR + 1}, this udpchat knows {GRAMMAR}: upgrade this node",
        ),
        (
            Started(Rules(), grammar=GRAMMAR, unicode="1.0"),
            101.0,
            f"node b uses Unicode tables 1.0, this udpchat has {OWN}: run the same on all nodes",
        ),
        (Started(Rules(), grammar=GRAMMAR + 1, unicode="1.0"), 116.0, ""),  # b is silent for longer than its lease
    ],
)
def test_two_versions_side_by_side_agree_or_one_refuses(started: Started, now: float, sentence: str) -> None:
    """A node that cannot do what the others do says so; beside nobody, a node serves by its own versions."""
    assert conflict(state_beside(started), "a", now) == sentence


def test_a_newer_node_serves_by_the_grammar_of_those_that_are_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """And by its own as soon as it is alone."""
    monkeypatch.setattr("udpchat.domain.machine.versions.GRAMMAR", 3)
    state = state_beside(Started(Rules(), grammar=2, unicode=OWN))
    assert grammar_beside(state, "a", 101.0) == 2
    assert grammar_beside(state, "a", 200.0) == 3
    assert conflict(state, "a", 101.0) == ""
