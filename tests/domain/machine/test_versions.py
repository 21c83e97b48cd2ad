"""Versions in starts: a line is read by the grammar that was in force, and nodes agree on it or refuse."""

from __future__ import annotations

import attrs
import pytest

from tests.domain.peers import Peer, peer
from tests.journals import MemoryAddresses
from tests.room import NAMES
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.domain import grammar
from udpchat.domain.commands import COMMANDS
from udpchat.domain.commands.help import CommandMeant
from udpchat.domain.commands.history import AmountUnclear, NothingSaid, ShowHistory
from udpchat.domain.commands.names import NicknameChanged, NicknameMissing, NicknameSeveralWords, NicknameTaken
from udpchat.domain.commands.spec import Command
from udpchat.domain.commands.talk import Said
from udpchat.domain.event import Event
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.obey import UnknownCommand
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.machine.versions import conflict, grammar_beside
from udpchat.domain.rooms.audience import Only
from udpchat.domain.rooms.inputs import Heartbeat, Input, Rules, Started
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

SERVER, WHO = peer(port=12000), peer(port=1)
OWN = NAMES.unicode.version


def test_each_rule_is_in_force_with_the_present_version() -> None:
    """No rule and no command is newer than the grammar that a start records."""
    rules = [version for name, version in vars(grammar).items() if name.endswith("_SINCE")]
    commands = [max(command.since, command.changed) for command in COMMANDS.values()]
    assert rules
    assert max(*rules, *commands) == GRAMMAR


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


@pytest.mark.parametrize(
    ("line", "then", "now"),
    [
        ("/nick two words", NicknameChanged(Nickname("haaaa"), Nickname("two")), NicknameSeveralWords()),
        ("/history 10 minutes", NothingSaid(), NothingSaid()),
        ("/history 10 apples", NothingSaid(), AmountUnclear()),
        ("/history 10min", AmountUnclear(), NothingSaid()),
        ("/history", NothingSaid(), NothingSaid()),
        ("/nick", NicknameMissing(), NicknameMissing()),
        (" /nick x", Said(Nickname("haaaa"), " /nick x", 0.0), Said(Nickname("haaaa"), " /nick x", 0.0)),
        ("/nope", UnknownCommand("/nope"), UnknownCommand("/nope", hints=True)),
    ],
)
def test_a_line_is_read_by_the_grammar_in_force(line: str, then: Event, now: Event) -> None:
    """A replay of a journal of grammar 1 gives the answers of that time; after a start, those of today."""
    for version, answer in ((1, then), (GRAMMAR, now)):
        chat = Chat(ChatState(NAMES))
        chat.handle(Input(0.0, 7, SERVER, Started(Rules(), grammar=version)))
        chat.handle(Input(0.0, 7, WHO, ""))
        assert [event for _, event in chat.handle(Input(0.0, 7, WHO, line))] == [answer]


def test_what_history_counted_in_grammar_1() -> None:
    """Ten minutes, in two words, were ten lines; now they are minutes."""
    command = COMMANDS["/history"]
    assert command.parse_before
    assert command.parse_before(" 10 minutes") == ShowHistory(10)
    assert command.parse(" 10 minutes") == ShowHistory(0, 600)


def test_there_were_no_hints_in_grammar_1() -> None:
    """A member of an old room that says `help` is not answered, and nothing is remembered for it."""
    chat = Chat(ChatState(NAMES))
    for line in ("", "help", "/list"):
        deliveries = chat.handle(Input(0.0, 7, WHO, line))
        assert not any(isinstance(event, CommandMeant) for _, event in deliveries)
    assert snapshot(chat.state).slices == {}


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
        (Started(Rules(), unicode=OWN.rpartition("/")[0]), 101.0, ""),  # a version without the table of scripts
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
        (Started(Rules(), grammar=GRAMMAR + 1, unicode="1.0"), 115.0, ""),  # b is silent for the whole of its lease
        (Started(Rules(), grammar=GRAMMAR + 1, unicode="1.0"), 116.0, ""),
    ],
)
def test_two_versions_side_by_side_agree_or_one_refuses(started: Started, now: float, sentence: str) -> None:
    """A node that cannot do what the others do says so; beside nobody, a node serves by its own versions."""
    assert conflict(state_beside(started), "a", now) == sentence


def test_of_several_nodes_the_first_is_named() -> None:
    """The one that an operator finds first in the log."""
    addresses = ClusterAddresses("a", MemoryAddresses())
    chat = Chat(ChatState(NAMES, directory=addresses))
    for node in "cb":
        sender = addresses.decode(f"{node} 0 10.0.0.9:12000")
        chat.handle(Input(0.0, 7, sender, Started(Rules(), grammar=GRAMMAR + 1, unicode="1.0")))
    assert conflict(chat.state, "a", 1.0).startswith("node b uses grammar")
    chat.handle(Input(0.0, 7, addresses.decode("c 0 10.0.0.9:12000"), Started(Rules(), grammar=GRAMMAR, unicode="1.0")))
    assert conflict(chat.state, "a", 1.0).startswith("node b uses Unicode tables")


def test_a_newer_node_serves_by_the_grammar_of_those_that_are_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """And by its own as soon as it is alone."""
    monkeypatch.setattr("udpchat.domain.machine.versions.GRAMMAR", 3)
    state = state_beside(Started(Rules(), grammar=2, unicode=OWN))
    assert grammar_beside(state, "a", 101.0) == 2
    assert grammar_beside(state, "a", 200.0) == 3
    assert conflict(state, "a", 101.0) == ""


def asks(chat: Chat, client: Peer, name: str) -> Event:
    """Return the answer to a client that asks for a nickname."""
    return chat.handle(Input(0.0, client.port, client, f"/nick {name}"))[0][1]


def test_members_keep_nicknames_that_newer_rules_refuse() -> None:
    """After an upgrade they have the names of before; two that count as one by now are both taken until both left."""
    chat = Chat(ChatState(NAMES))
    one, two, three, four = (peer(port=port) for port in (1, 2, 3, 4))
    names = ("rene", "ren\u00e9", "\u0441lient", "else")
    for client, name in zip((one, two, three, four), names, strict=True):
        asks(chat, client, name)
    chat.handle(Input(0.0, 7, SERVER, Started(Rules(), grammar=2)))
    assert [member.nickname for member in chat.state.roster] == list(names)
    after = Chat(ChatState(NAMES))
    restore(after.state, snapshot(chat.state))
    assert list(after.state.roster) == list(chat.state.roster)
    assert isinstance(asks(chat, four, "Rene"), NicknameTaken)
    chat.handle(Input(0.0, 7, one, "/quit"))
    assert isinstance(asks(chat, four, "Rene"), NicknameTaken)
    chat.handle(Input(0.0, 7, two, "/quit"))
    assert isinstance(asks(chat, four, "Rene"), NicknameChanged)
    assert isinstance(asks(chat, three, "client"), NicknameChanged)


def test_two_who_share_a_name_can_both_change_it() -> None:
    """Neither of two members whose names count as one since an upgrade holds the other's name when it has changed."""
    chat = Chat(ChatState(NAMES))
    one, two, three = (peer(port=port) for port in (1, 2, 3))
    for client, name in ((one, "rene"), (two, "ren\u00e9"), (three, "else")):
        asks(chat, client, name)
    chat.handle(Input(0.0, 7, SERVER, Started(Rules(), grammar=2)))
    asked = ((one, "someone"), (three, "rene"), (two, "other"), (three, "rene"))
    events = [asks(chat, client, name) for client, name in asked]
    assert [type(event) for event in events] == [NicknameChanged, NicknameTaken, NicknameChanged, NicknameChanged]
