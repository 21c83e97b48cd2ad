"""Raised hands against a tiny model, and on several nodes."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.domain.cluster.chats import ONE, THREE, TWO, Cluster
from tests.domain.peers import Peer, peer
from tests.moving import move
from tests.room import NAMES
from udpchat.domain.address import Address
from udpchat.domain.commands.hands import (
    Called,
    CalledYou,
    Hands,
    HandsShown,
    LowerHand,
    NobodyWaits,
    NoHandsShown,
    RaiseHand,
    parse_hand,
)
from udpchat.domain.event import Event
from udpchat.domain.grammar import GRAMMAR
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.rooms.audience import Notify
from udpchat.domain.rooms.holder import NotHolder
from udpchat.domain.rooms.inputs import ControlInput, Input, Rules, Started, Unreachable
from udpchat.domain.rooms.state import ChatState

PEERS = [peer(port=port) for port in range(1, 6)]
peers = st.sampled_from(PEERS)


def hands_of(chat: Chat) -> Hands:
    """Return all hands."""
    return cast("Hands", chat.state.slices.by_word["hands"])


class Workshop(RuleBasedStateMachine):
    """Members raise and lower hands, come and go, and call each other. The model is a list for each room."""

    def __init__(self) -> None:
        super().__init__()
        self.chat = Chat(ChatState(NAMES))
        self.chat.state.use_grammar(GRAMMAR)
        for each in PEERS:
            self.handle(each, "")
        self.waiting: dict[str, list[Address]] = {"lobby": [], "kitchen": []}

    def handle(self, sender: Peer, line: str | ControlInput) -> list[tuple[Address | None, Event]]:
        """Let the chat handle a line; return the events, each with the one that is notified alone, if it is one."""
        deliveries = self.chat.handle(Input(0.0, sender.port, sender, line))
        return [(audience.address if isinstance(audience, Notify) else None, event) for audience, event in deliveries]

    def here(self, sender: Peer) -> list[Address]:
        """Let a client join if it is not here; return who waits in its room."""
        if sender not in self.chat.state.roster:
            self.handle(sender, "")
        return self.waiting[self.chat.state.roster.members[sender].place.room.name]

    def forget(self, sender: Peer) -> None:
        """Let nobody wait for a client any more."""
        for each in self.waiting.values():
            if sender in each:
                each.remove(sender)

    @rule(sender=peers, why=st.sampled_from(["", " why", " another reason"]))
    def raise_hand(self, sender: Peer, why: str) -> None:
        """A hand is raised behind the others, or stays in its place."""
        waiting = self.here(sender)
        self.handle(sender, f"/hand{why}")
        if sender not in waiting:
            waiting.append(sender)

    @rule(sender=peers)
    def lower_hand(self, sender: Peer) -> None:
        """A hand is lowered, if it is up."""
        self.here(sender)
        self.handle(sender, "/hand down")
        self.forget(sender)

    @rule(sender=peers, name=st.sampled_from(["lobby", "kitchen"]))
    def go(self, sender: Peer, name: str) -> None:
        """Whoever goes to another room, or into the same one again, does not wait any more."""
        self.here(sender)
        move(self.chat.state, sender, name)
        self.forget(sender)

    @rule(sender=peers, line=st.sampled_from(["/quit", Unreachable()]))
    def depart(self, sender: Peer, line: str | ControlInput) -> None:
        """Whoever leaves the server does not wait any more."""
        self.handle(sender, line)
        self.forget(sender)

    @rule(sender=peers, name=st.sampled_from(["n1", "n2", "n3"]))
    def rename(self, sender: Peer, name: str) -> None:
        """Another name changes nothing."""
        self.here(sender)
        self.handle(sender, f"/nick {name}")

    @rule(sender=peers)
    def call(self, sender: Peer) -> None:
        """The one that waited longest is called, by whoever may call."""
        waiting, members = self.here(sender), self.chat.state.roster.members
        member = members[sender]
        got = self.handle(sender, "/next")
        room = member.place.room
        if room.holder not in {None, sender}:
            assert got == [(None, NotHolder(members[room.holder].nickname, room.name))]
        elif not waiting:
            assert got == [(None, NobodyWaits())]
        else:
            called = waiting.pop(0)
            (to_all, event), *others = got
            assert to_all is None
            assert isinstance(event, Called)
            assert (event.by, event.nickname) == (member.nickname, members[called].nickname)
            assert others == [(called, CalledYou(member.nickname))]

    @rule()
    def restart(self) -> None:
        """The server goes on from a snapshot."""
        saved = snapshot(self.chat.state)
        self.chat = Chat(ChatState(NAMES))
        restore(self.chat.state, saved)

    @rule(sender=peers)
    def show(self, sender: Peer) -> None:
        """All who wait in one's room are shown in order."""
        waiting, members = self.here(sender), self.chat.state.roster.members
        ((_, event),) = self.handle(sender, "/hands")
        assert isinstance(event, HandsShown | NoHandsShown)
        shown = [*event.nicknames] if isinstance(event, HandsShown) else []
        assert shown == [members[each].nickname for each in waiting]

    @invariant()
    def the_slice_is_the_model(self) -> None:
        """There is nothing of rooms in which nobody waits."""
        raised = {room: [*hands] for room, hands in hands_of(self.chat).raised.items()}
        assert raised == {room: waiting for room, waiting in self.waiting.items() if waiting}


@pytest.mark.parametrize("word", ["down", "DOWN", " Down "])
def test_how_a_hand_is_lowered(word: str) -> None:
    """By one word alone. With others, it is a part of a reason."""
    assert parse_hand(f" {word}") == LowerHand()
    assert parse_hand(f" {word} again") == RaiseHand(f"{word} again".strip())


TestWorkshop = Workshop.TestCase
TestWorkshop.settings = settings(max_examples=50, stateful_step_count=40)


def test_a_takeover() -> None:
    """Those who are taken over keep their places; an old entry of a client does not wait any more."""
    cluster = Cluster()
    for node in "ab":
        cluster.handle(node, Started(Rules(), grammar=GRAMMAR))
    for node, client in (("a", ONE), ("b", TWO), ("a", THREE), ("b", ONE)):
        cluster.handle(node, "/hand", client)
    cluster.handle("a", Started(Rules(), takes_over="b", grammar=GRAMMAR))
    for chat in cluster.chats.values():
        up = [*hands_of(chat).raised["lobby"]]
        assert [*map(str, up)] == ["10.0.0.1:1", "10.0.0.2:2", "10.0.0.3:3"]
        assert set(up) == set(chat.state.roster.members)
