"""The state of a room, as a value and as a document."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.journals import CODEC, inputs
from tests.room import NAMES
from udpchat.domain.chat import Chat
from udpchat.domain.inputs import Input
from udpchat.domain.snapshot import restore, snapshot


@given(inputs(max_size=40), st.integers(0, 40))
def test_a_snapshot_goes_on_as_the_chat_would_have(told: list[Input], cut: int) -> None:
    """For any inputs and any cut: what is said, and the state, are as if there had been no snapshot in between."""
    whole, before, after = Chat(NAMES), Chat(NAMES), Chat(NAMES)
    said = [whole.handle(each) for each in told]
    assert [before.handle(each) for each in told[:cut]] == said[:cut]
    restore(after, CODEC.state(CODEC.document(snapshot(before))))
    assert snapshot(after) == snapshot(before)
    assert [after.handle(each) for each in told[cut:]] == said[cut:]
    assert snapshot(after) == snapshot(whole)
    assert list(after.roster) == list(whole.roster)
    assert after.history == whole.history
