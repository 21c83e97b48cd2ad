"""The state of a room, as a value and as a document."""

from __future__ import annotations

import re

import attrs
from hypothesis import given
from hypothesis import strategies as st

from tests.journals import CODEC, MemoryAddresses, cluster_inputs, inputs
from tests.room import NAMES
from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.nats.addresses import ClusterAddresses
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import digest, restore, snapshot
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.state import ChatState

HOMES = ClusterAddresses("a", MemoryAddresses())
ELSEWHERE = ClusterAddresses("b", MemoryAddresses())


@given(inputs(max_size=40), st.integers(0, 40))
def test_a_snapshot_goes_on_as_the_chat_would_have(told: list[Input], cut: int) -> None:
    """For any inputs and any cut: what is said, and the state, are as if there had been no snapshot in between."""
    whole, before, after = Chat(ChatState(NAMES)), Chat(ChatState(NAMES)), Chat(ChatState(NAMES))
    said = [whole.handle(each) for each in told]
    assert [before.handle(each) for each in told[:cut]] == said[:cut]
    restore(after.state, CODEC.state(CODEC.document(snapshot(before.state))))
    assert snapshot(after.state) == snapshot(before.state)
    assert [after.handle(each) for each in told[cut:]] == said[cut:]
    assert snapshot(after.state) == snapshot(whole.state)
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
