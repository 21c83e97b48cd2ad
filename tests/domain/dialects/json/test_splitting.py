"""Objects that are split."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.domain.dialects.json.objects import joined
from udpchat.domain.dialects.json.splitting import parts, size_of, squeezed
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


@given(st.integers(300, 3000), st.integers(20, 60), rooms)
def test_a_text_and_lines_go_on_side_by_side(length: int, count: int, room: int) -> None:
    """While there is more of both, each object has some of both."""
    said = ["a line of some words"] * count
    found = [*parts({"event": "x", "text": "x" * length}, lambda _: iter(said), room)]
    assert all(size_of(each) <= room for each in found)
    assert joined(list(map(dict, found))) == {"event": "x", "text": "x" * length, "line": "\n".join(said)}
    both = [bool(each["text"]) and "line" in each for each in found]
    assert both == sorted(both, reverse=True)
    assert both[0]


@given(st.text('ab"\\é€🙂 ', max_size=90), st.text(max_size=90), st.integers(0, 9))
def test_what_fits_is_not_cut(nick: str, other: str, spare: int) -> None:
    """An object that has just the room that it needs stays as it is, and one byte less costs some of a text."""
    fields = {"event": "x", "nick": nick, "other": other, "seq": 12}
    room = size_of(fields)
    assert squeezed(fields, room + spare) == fields
    if len(nick) + len(other) > 0:
        assert squeezed(fields, room - 1) != fields
