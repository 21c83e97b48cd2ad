"""Objects that are split."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.dialects.json.objects import joined
from udpchat.domain.dialects.json.splitting import parts, size_of
from udpchat.domain.limits import MIN_DATAGRAM

LAST_MARK = {"part": 99999}  # an object keeps room for as many parts as that
rooms = st.integers(MIN_DATAGRAM, 1500)
lines = st.lists(st.text('ab"\\é€🙂 ', max_size=12), min_size=40, max_size=120)


@given(lines, rooms)
def test_lines_fill_the_objects(said: list[str], room: int) -> None:
    """Each object fits, and the next line would not have fitted."""
    found = [*parts({"event": "x"}, lambda _: iter(said), room)]
    assert all(size_of(each) <= room for each in found)
    for each, behind in pairwise(found):
        more = f"{each['line']}\n{behind['line'].partition(chr(10))[0]}"
        assert size_of({**each, **LAST_MARK, "line": more}) > room - len(r"\n")
    assert joined(found)["line"] == "\n".join(said)


@given(st.integers(1, 5000), rooms)
def test_a_text_fills_the_objects(length: int, room: int) -> None:
    """A text that can be cut anywhere leaves little room in any object but the last."""
    found = [*parts({"event": "x", "text": "x" * length}, lambda _: iter(()), room)]
    assert all(room - 40 <= size_of(each) <= room for each in found[:-1])
    assert joined(found)["text"] == "x" * length
