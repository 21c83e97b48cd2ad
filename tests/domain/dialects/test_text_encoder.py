"""Events become lines of bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.domain import strategies
from tests.room import NAMES
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.commands.history import HistoryShown
from udpchat.domain.commands.people import ClientsListed
from udpchat.domain.commands.talk import Said
from udpchat.domain.dialects.text_encoder import render, render_lazily
from udpchat.domain.limits import MAX_DATAGRAM, MIN_DATAGRAM
from udpchat.domain.rooms.roster import Member
from udpchat.domain.text.lines import clean_lines
from udpchat.domain.text.nickname import Nickname


class SaidInGeneral(Said):
    """A plain line that `render` treats as any other event."""


def said_by(word: str) -> Nickname:
    """Return a word as a nickname, or TEDDC if it cannot be one."""
    return NAMES.fit(word) or Nickname("TEDDC")


nicknames = st.one_of(
    st.sampled_from(["TEDDC", "x", "x" * 24, "R2-D2", "\u00e9ric", "\u05e9\u05dc\u05d5\u05dd", "\u540d\u524d"]),
    st.text(st.characters(categories=["L", "M", "Nd"], include_characters="-_"), min_size=1, max_size=24),
).map(said_by)


def first_line(text: str) -> str:
    """Return the first line of a datagram as a client says it, blank if it has none."""
    line = clean_lines(text.encode(errors="replace"), limit=1_000_000)[0]
    return line if isinstance(line, str) else ""


@st.composite
def said(draw: st.DrawFn) -> tuple[Nickname, str, int]:
    """Return a nickname, a text, and a limit that the line often just reaches or exceeds."""
    nickname, text = draw(nicknames), first_line(draw(strategies.text))
    limit = draw(st.integers(MIN_DATAGRAM, MAX_DATAGRAM))
    if draw(st.booleans()):
        size = limit - len(f"{nickname}: {text}\n".encode()) + draw(st.integers(-3, 3))
        text += "".join(draw(st.sampled_from(["x", "four ", "\u00e9"])) * size)[: max(0, size)]
    return nickname, text, limit


@given(said())
def test_a_plain_line_is_written_as_any_other_event(line: tuple[Nickname, str, int]) -> None:
    """The short way of a plain line gives the same bytes as the general way, for any line at any limit."""
    nickname, text, limit = line
    assert render(Said(nickname, text), limit) == render(SaidInGeneral(nickname, text), limit)


@given(st.lists(said(), max_size=20), st.integers(MIN_DATAGRAM, MAX_DATAGRAM))
def test_a_long_event_is_written_the_same_part_by_part(lines: list[tuple[Nickname, str, int]], limit: int) -> None:
    """What is made line by line is what is made at once."""
    history = HistoryShown(tuple(Said(nickname, text) for nickname, text, _ in lines))
    members = tuple(
        Member(MemoryAddress("127.0.0.1", 1 + port), nickname, frozenset())
        for port, (nickname, _, _) in enumerate(lines)
    )
    for event in (history, ClientsListed(members, str)):
        assert list(render_lazily(event, limit)) == render(event, limit, own=True)
