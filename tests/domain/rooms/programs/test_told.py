"""The events that a room keeps for programs, by properties."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from udpchat.domain.commands.away import WentAway
from udpchat.domain.commands.talk import Said
from udpchat.domain.rooms.programs.told import Told, heard, size_of
from udpchat.domain.text.nickname import Nickname

TEDDC = Nickname("TEDDC")
steps = st.lists(
    st.tuples(st.sampled_from(["say", "go", "measure", "prune", "shrink"]), st.integers(0, 9)), max_size=40
)


@given(steps, st.integers(1, 2**40))
def test_a_room_knows_the_numbers_and_bytes_of_its_events(drawn: list[tuple[str, int]], first: int) -> None:
    """However they came and went, they are the last ones, under their numbers, and their bytes are counted."""
    told, count = Told(first), 0
    for what, size in drawn:
        if what == "say":
            told.events.append(Said(TEDDC, "é" * size))
        elif what == "go":
            told.events.append(heard(WentAway(TEDDC, "é" * size), 0.0, frozenset(range(size))))
        elif what == "prune":
            told.prune(size)
            assert len(told.events) <= size
        elif what == "shrink":
            told.shrink(size * 600)
        count += what in {"say", "go"}
        if what in {"measure", "shrink"}:
            assert told.measure() == sum(map(size_of, told.events))
        assert told.last == first + count - 1
        assert told.since(max(told.first - 1, told.last - 2)) == tuple(told.events)[-2:]
    assert told.measure() == sum(map(size_of, told.events))
