"""The state of a room, as a value and as a document."""

from __future__ import annotations

import re
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.peers import peer
from tests.journals import CODEC, MemoryAddresses, as_sent, cluster_inputs, inputs, stored
from tests.room import NAMES
from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.domain.commands.expression import Acted
from udpchat.domain.grammar import GRAMMAR, ROOMS_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import digest, restore, snapshot
from udpchat.domain.rooms.inputs import Input, Rules, Started
from udpchat.domain.rooms.members.look import Look
from udpchat.domain.rooms.state import ChatState

HOMES = ClusterAddresses("a", MemoryAddresses())
ELSEWHERE = ClusterAddresses("b", MemoryAddresses())


@given(inputs(max_size=40), st.integers(0, 40))
def test_a_snapshot_goes_on_as_the_chat_would_have(told: list[Input], cut: int) -> None:
    """For any inputs and any cut: what is said, and the state, are as if there had been no snapshot in between."""
    whole, before, after = Chat(ChatState(NAMES)), Chat(ChatState(NAMES)), Chat(ChatState(NAMES))
    said = [as_sent(whole.handle(each)) for each in told]
    assert [as_sent(before.handle(each)) for each in told[:cut]] == said[:cut]
    restore(after.state, CODEC.state(CODEC.document(snapshot(before.state))))
    assert stored(after.state) == stored(before.state)
    assert [as_sent(after.handle(each)) for each in told[cut:]] == said[cut:]
    assert stored(after.state) == stored(whole.state)
    assert list(after.state.roster) == list(whole.state.roster)
    assert after.state.reception == whole.state.reception


@given(inputs(max_size=40))
def test_a_digest_is_short_and_depends_on_the_state_alone(told: list[Input]) -> None:
    """It has 16 hexadecimal digits, and is the same for a state and for what is restored from its document."""
    chat = Chat(ChatState(NAMES))
    for each in told:
        chat.handle(each)
    state = snapshot(chat.state)
    found = digest(state, str)
    assert re.fullmatch("[0-9a-f]{16}", found)
    assert digest(CODEC.state(CODEC.document(state)), str) == found
    assert digest(attrs.evolve(state, said=state.said + 1), str) != found


@settings(max_examples=60)
@given(cluster_inputs(HOMES, max_size=60), st.integers(0, 60))
def test_a_node_goes_on_from_anothers_snapshot(told: list[Input], cut: int) -> None:
    """For any inputs and any cut: a node that starts from another's snapshot has the state of one that did not."""
    whole, before, after = (
        Chat(ChatState(NAMES, directory=HOMES)),
        Chat(ChatState(NAMES, directory=HOMES)),
        Chat(ChatState(NAMES, directory=ELSEWHERE)),
    )
    mine, theirs = Codec(HOMES), Codec(ELSEWHERE)
    for each in told:
        whole.handle(each)
    for each in told[:cut]:
        before.handle(each)
    restore(after.state, theirs.state(mine.document(snapshot(before.state))))
    for each in told[cut:]:
        after.handle(theirs.input(mine.row(each)))
    assert digest(snapshot(after.state), ELSEWHERE.identity) == digest(snapshot(whole.state), HOMES.identity)
    here = [HOMES.identity(member.address) for member in whole.state.roster if HOMES.node(member.address) == "b"]
    assert [ELSEWHERE.identity(address) for address in after.state.roster.clients.members] == here


def test_the_digest_before_there_were_rooms_is_a_format() -> None:
    """Nodes of an earlier version compute the same one, so it has nothing that they do not know."""
    chat = Chat(ChatState(NAMES))
    chat.handle(Input(1.0, 7, peer(port=9), Started(Rules(), grammar=ROOMS_SINCE - 1)))
    for number, (port, line) in enumerate([(1, "hello"), (2, "hello"), (2, "/quit"), (1, "again")]):
        chat.handle(Input(2.0 + number, number, peer(port=port), line))
    assert digest(snapshot(chat.state), str) == "194c381be26ca663"


def test_a_digest_depends_on_all_of_the_rooms() -> None:
    """Nodes notice when they differ in any field of a room, of a member's place, or of the rules."""
    chat = Chat(ChatState(NAMES))
    chat.state.use_grammar(GRAMMAR)
    for port, line in (1, "/join kitchen"), (1, "hello"), (2, "/join kitchen"):
        chat.handle(Input(2.0, port, peer(port=port), line))
    saved = snapshot(chat.state)
    lobby, kitchen = saved.rooms
    (said,), place, invited = kitchen.lines, saved.places[1], (peer(port=3),)
    rooms: list[dict[str, Any]] = [
        *({"name": "attic"}, {"holder": peer(port=2)}, {"holder": None}, {"topic": "x"}, {"key": "x"}),
        *({"private": True}, {"invited": invited}, {"members": kitchen.members[::-1]}, {"numbers": (1,)}),
        *({"removed": 1}, {"lines": ()}, {"lines": (attrs.evolve(said, text="x"),)}),
        *({"lines": (attrs.evolve(said, by=9),)}, {"lines": (Acted(said.nickname, said.text, said.at, said.by),)}),
    ]
    places: list[dict[str, Any]] = [
        *({"rooms": ("lobby",)}, {"number": 9}, {"since": 9.0}, {"last": 9.0}),
        *({"look": Look(color=True)}, {"look": Look(bell=True)}),
    ]
    others = [
        *(attrs.evolve(saved, rooms=(lobby, attrs.evolve(kitchen, **change))) for change in rooms),
        *(attrs.evolve(saved, places=(saved.places[0], attrs.evolve(place, **change))) for change in places),
        *(
            attrs.evolve(saved, rules=attrs.evolve(saved.rules, **change))
            for change in ({"motd": "x"}, {"max_rooms": 9})
        ),
        attrs.evolve(saved, joined=9),
    ]
    digests = [digest(each, str) for each in (saved, *others)]
    assert len(set(digests)) == len(digests)
