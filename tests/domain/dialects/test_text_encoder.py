"""Events become lines of bytes."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.domain import strategies
from tests.domain.peers import member
from tests.domain.text.terminal import assert_fit_for_a_terminal
from tests.room import NAMES
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.commands.history import HistoryShown
from udpchat.domain.commands.people import ClientsListed
from udpchat.domain.commands.talk import Said
from udpchat.domain.dialects.text_encoder import render, render_lazily
from udpchat.domain.event import Event, Listing, Name, Sentence, Wording
from udpchat.domain.limits import MAX_DATAGRAM, MIN_DATAGRAM
from udpchat.domain.rooms.members.look import PLAIN
from udpchat.domain.text.characters.gaps import MAX_GAP
from udpchat.domain.text.lines import clean_lines
from udpchat.domain.text.nickname import Nickname


class SaidInGeneral(Said):
    """A plain line that `render` treats as any other event."""


@attrs.frozen
class Fake(Event):
    """An event with any sentence."""

    sentence: Wording

    def sentences(self) -> Iterable[Wording]:
        """Return the sentence."""
        return (self.sentence,)


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
@example((Nickname("TEDDC"), "x" * 248, 256))  # all fits, to the byte
@example((Nickname("TEDDC"), "x" * 249, 256))  # one byte more
def test_a_plain_line_is_written_as_any_other_event(line: tuple[Nickname, str, int]) -> None:
    """The short way of a plain line gives the same bytes as the general way, for any line at any limit."""
    nickname, text, limit = line
    assert render(Said(nickname, text), limit) == render(SaidInGeneral(nickname, text), limit)


@settings(max_examples=60)
@given(st.lists(said(), max_size=20), st.integers(MIN_DATAGRAM, MAX_DATAGRAM))
def test_a_long_event_is_written_the_same_part_by_part(lines: list[tuple[Nickname, str, int]], limit: int) -> None:
    """What is made line by line is what is made at once."""
    history = HistoryShown(tuple(Said(nickname, text) for nickname, text, _ in lines))
    members = tuple(
        member(MemoryAddress("127.0.0.1", 1 + port), nickname) for port, (nickname, _, _) in enumerate(lines)
    )
    for event in (history, ClientsListed(members, str)):
        assert list(render_lazily(event, limit, PLAIN, 0.0)) == render(event, limit, own=True)


@given(
    st.lists(st.integers(1, 120).flatmap(lambda size: st.sampled_from(["x" * size, "\u00e9" * (size // 2 + 1)]))),
    st.integers(MIN_DATAGRAM, 300),
)
@example(["x" * 120, "x" * 127], 256)  # all fits, to the byte
@example(["x" * 120, "x" * 128], 256)  # one byte more
@example(["x" * 249, "x" * 120, "x" * 127, "x" * 120, "x" * 128], 256)
def test_a_list_takes_as_few_lines_as_its_entries_fit_into(entries: list[str], limit: int) -> None:
    """A line ends only before an entry that it has no room for, to the byte. Each line has the same head."""
    rows: list[list[str]] = [[]]
    for entry in entries:
        if rows[-1] and len(f"here: {', '.join([*rows[-1], entry])}\n".encode()) > limit:
            rows.append([])
        rows[-1].append(entry)
    listing = Listing("here: ", ((entry,) for entry in entries))
    assert render(Fake(listing), limit) == [f"here: {', '.join(row)}\n".encode() for row in rows]


DIRTY = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), "\u202e", "\u2028", "\u200b", "\u3164", "\u0301" * 20]


@pytest.mark.parametrize("dirt", DIRTY, ids=ascii)
def test_the_last_barrier_holds_alone(dirt: str) -> None:
    """Whatever part of an event has characters that must not be sent, and whatever let it through, it is not sent."""
    dirty = f"a{dirt}b"
    bad, name = Nickname(dirty), Nickname("TEDDC")
    sentences: list[Sentence | Listing] = [
        Sentence((dirty,)),
        Sentence((Name(bad),)),
        Sentence((Name(name), ": "), dirty),
        Sentence((Name(bad), ": "), "a"),
        Sentence((Name(name), ": "), dirty, "."),
        Sentence((Name(name), ": "), "a", dirty),
        Listing(f"{dirty}: ", (("a", "b"),)),
        Listing("here: ", ((dirty,), (Name(bad),))),
    ]
    for event in (Said(name, dirty), Said(bad, "hello"), *map(Fake, sentences)):
        for line in render(event, MIN_DATAGRAM):
            assert_fit_for_a_terminal(line.removesuffix(b"\n").decode())


@pytest.mark.parametrize("text", ["e", "\u00e9"])
def test_as_many_blanks_as_a_line_may_have_stay_behind_a_name(text: str) -> None:
    """The blank before the text is one more, and none is cut, whatever else is in the line."""
    said = f"{' ' * MAX_GAP}{text}{' ' * MAX_GAP}{text}"
    assert render(Said(Nickname("TEDDC"), said), MIN_DATAGRAM) == [f"TEDDC: {said}\n".encode()]


def test_a_gap_that_was_let_through_is_cut_to_one_blank_more() -> None:
    """What is rendered may have the blank behind a name, and no more."""
    lines = render(Said(Nickname("TEDDC"), f"\u00e9{' ' * 40}\u00e9"), MIN_DATAGRAM)
    assert lines == [f"TEDDC: \u00e9{' ' * (MAX_GAP + 1)}\u00e9\n".encode()]


def test_a_name_from_the_right_is_kept_apart_from_what_follows() -> None:
    """Also if the name is all that stands before a body or a tail, at the end of an entry, and if it ends in digits."""
    for nickname in ("\u05e9\u05dc", "\u05e9\u05dc12"):
        name, marked = Name(nickname), f"\u200e{nickname}\u200e"
        for sentence, line in (
            (Sentence((name,), "a"), f"{marked}a"),
            (Sentence((name,), "a", "b"), f"{marked}ab"),
            (Sentence((name, "a")), f"{marked}a"),
            (Sentence((name,)), f"\u200e{nickname}"),
            (Listing("", ((name,), ("b",))), f"{marked}, b"),
        ):
            assert render(Fake(sentence), MIN_DATAGRAM) == [f"{line}\n".encode()]
