"""New rules while a server runs: all that depends on rules follows them at the same place in the order of inputs."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import Peer, peer
from tests.journals import inputs, rules
from tests.room import KEY, NAMES
from udpchat.domain.address import Scope
from udpchat.domain.commands.people import ClientsListed
from udpchat.domain.grammar import GRAMMAR, ROOMS_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.cloak import Cloak
from udpchat.domain.rooms.inputs import ControlInput, Input, Reloaded, Rules, Started
from udpchat.domain.rooms.state import ChatState

SERVER, ONE, FAR = peer(port=12000), peer(port=1), peer(Scope.GLOBAL, port=2)


def started(first: Rules | None = None) -> Chat:
    """Return a chat that a server of this version has started."""
    chat = Chat(ChatState(NAMES, Cloak("auto", KEY)))
    handle(chat, SERVER, Started(first or Rules(), grammar=GRAMMAR))
    return chat


def handle(chat: Chat, sender: Peer, line: str | ControlInput) -> list[Delivery]:
    """Handle a line or a control input."""
    return chat.handle(Input(0.0, sender.port * 7, sender, line))


def listed(chat: Chat, who: Peer) -> ClientsListed:
    """Return what a member is shown that asks for the list."""
    (event,) = [event for audience, event in handle(chat, who, "/list") if audience == Only(who)]
    assert isinstance(event, ClientsListed)
    return event


def hidden(event: ClientsListed) -> list[Peer]:
    """Return the members in whose place the list has a word."""
    shown = [entry[0] for listing in event.sentences() for entry in listing.entries]
    return [address for address in (ONE, FAR) if f"{address}:" not in shown]


@given(inputs(), rules)
def test_nobody_is_notified_and_the_rules_are_in_force(told: list[Input], new: Rules) -> None:
    """Whatever was before; the members and their rooms stay."""
    chat = started()
    for each in told:
        chat.handle(each)
    before = snapshot(chat.state)
    assert handle(chat, SERVER, Reloaded(new)) == []
    after = snapshot(chat.state)
    assert after.rules == new
    assert (after.members, after.places, after.said) == (before.members, before.places, before.said)
    if before.grammar >= ROOMS_SINCE:
        assert sum(room.log.bytes for room in chat.state.rooms) <= new.history_bytes
    assert all(len(room.log.messages) <= new.history_keep for room in chat.state.rooms)


def test_the_message_of_the_day_and_the_history_for_newcomers() -> None:
    """Those who join from now on are shown what the new rules say."""
    chat = started()
    handle(chat, ONE, "hello")
    handle(chat, SERVER, Reloaded(Rules(motd="be kind", history_on_join=1)))
    shown = [type(event).__name__ for _, event in handle(chat, FAR, "hi")]
    assert shown == ["MotdShownOnJoin", "HistoryShownOnJoin", "Said"]


def test_addresses_are_shown_by_the_new_rules() -> None:
    """Also to one that asks for the same list again; a list that is being sent stays as it was."""
    chat = started()
    for each in (ONE, FAR):
        handle(chat, each, "hello")
    before = listed(chat, ONE)
    assert hidden(before) == [FAR]
    for shows, words in (("no", [ONE, FAR]), ("yes", []), ("auto", [FAR])):
        handle(chat, SERVER, Reloaded(Rules(show_addresses=shows)))
        assert hidden(listed(chat, ONE)) == words
        assert (listed(chat, ONE) == before) is (shows == "auto")
        assert hidden(before) == [FAR]
    restored = Chat(ChatState(NAMES, Cloak("yes", KEY)))
    restore(restored.state, snapshot(chat.state))
    assert restored.state.show == Cloak("auto", KEY)


def test_addresses_that_are_shown_otherwise() -> None:
    """A server that has no cloak shows them as it did."""
    chat = Chat(ChatState(NAMES))
    handle(chat, SERVER, Reloaded(Rules(show_addresses="no")))
    assert chat.state.show is str


@pytest.mark.parametrize("most", [1, 3, 4, 9])
def test_fewer_rooms(most: int) -> None:
    """Rooms without members end, the oldest first; those with members stay."""
    chat = started()
    handle(chat, ONE, "hello")
    for name in ("a", "b", "c", "d"):
        handle(chat, ONE, f"/join {name}")
        handle(chat, ONE, "hello")
    handle(chat, SERVER, Reloaded(attrs.evolve(Rules(), max_rooms=most)))
    kept = {1: ["lobby", "d"], 3: ["lobby", "c", "d"], 4: ["lobby", "b", "c", "d"]}
    assert sorted(chat.state.rooms.by_name) == sorted(kept.get(most, ["lobby", "a", "b", "c", "d"]))


@given(st.lists(rules, max_size=3))
def test_a_start_takes_back_what_was_reloaded(reloaded: list[Rules]) -> None:
    """Its rules are in force from then on."""
    chat = started()
    for each in reloaded:
        handle(chat, SERVER, Reloaded(each))
    handle(chat, SERVER, Started(Rules(history_days=2), grammar=GRAMMAR))
    assert chat.state.rules == Rules(history_days=2)
