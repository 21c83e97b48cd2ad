"""Lines in a look: the plain ones, with the time in front and names in color."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.domain import strategies
from tests.domain.dialects.test_text_encoder import DIRTY, Fake, SaidInGeneral, first_line, nicknames, said
from tests.domain.peers import member
from tests.domain.text.terminal import assert_fit_for_a_terminal
from udpchat.adapters.memory.network import MemoryAddress
from udpchat.domain.commands.history import HistoryShown
from udpchat.domain.commands.names import NicknameChanged
from udpchat.domain.commands.people import ClientsListed
from udpchat.domain.commands.presence import Greeted, Left
from udpchat.domain.commands.talk import Said
from udpchat.domain.dialects.colors import END, STYLE_BYTES, STYLES, style_of
from udpchat.domain.dialects.text_encoder import render, render_lazily
from udpchat.domain.event import Bell, Event, Listing, Name, Sentence
from udpchat.domain.limits import MAX_DATAGRAM, MIN_DATAGRAM
from udpchat.domain.machine.obey import UnknownCommand
from udpchat.domain.rooms.members.look import PLAIN, Look
from udpchat.domain.text.nickname import Nickname

AFTERNOON = (14 * 60 + 2) * 60.0 + 59.9  # seconds: 14:02 on 1 January 1970, UTC
TEDDC = Nickname("TEDDC")
SHALOM = Nickname("\u05e9\u05dc\u05d5\u05dd")
MARK = "\u200e"
COLOR, TIME = Look(color=True), Look(time=0)
TIME_BYTES = len("[14:02] ")

_STYLED = f"(?:{'|'.join(map(re.escape, STYLES))})([^\x1b]*){re.escape(END)}"
looks = st.builds(Look, st.booleans(), st.one_of(st.none(), st.integers(-720, 840)), st.booleans())


def in_plain(line: bytes) -> str:
    """Return a line without its styles. Fail if one of them does not end in it, or if it has other escape sequences."""
    text = line.decode()
    assert text.endswith("\n")
    plain = re.sub(_STYLED, r"\1", text)
    assert "\x1b" not in plain
    return plain


def bare(lines: list[bytes], look: Look) -> list[bytes]:
    """Return lines without what a look adds to them."""
    texts = [*map(in_plain, lines)]
    if look.time is not None:
        texts = [re.sub(rf"\A({MARK}?)\[[0-9]{{2}}:[0-9]{{2}}\] ", r"\1", text) for text in texts]
    return [text.encode() for text in texts]


@st.composite
def events(draw: st.DrawFn) -> tuple[Event, int]:
    """Return an event with any names and text, and how many names a line of it has."""
    one, two, text = draw(nicknames), draw(nicknames), first_line(draw(strategies.text))
    name = Name(one)
    return draw(
        st.sampled_from(
            [
                (Said(one, text), 1),
                (SaidInGeneral(one, text), 1),
                (NicknameChanged(one, two), 2),
                (Left(one), 1),
                (Greeted(one), 1),
                (UnknownCommand(f"/{text}", hints=True), 0),
                (Fake(Sentence(("[", name, " -> you] "), text)), 1),
                (Fake(Sentence((name, " says "), text or "x", " to you")), 1),
                (Fake(Sentence(("* ", name, " "), text)), 1),
            ]
        )
    )


@given(events(), looks, st.floats(0, 1e10), st.integers(MIN_DATAGRAM, MAX_DATAGRAM))
def test_a_look_only_adds_to_lines(event: tuple[Event, int], look: Look, at: float, limit: int) -> None:
    """Without styles and time, the lines are those of the plain look in the room that is left. None is too long."""
    what, names = event
    lines = render(what, limit, look=look, at=at)
    room = limit - names * STYLE_BYTES * look.color - TIME_BYTES * (look.time is not None)
    assert bare(lines, look) == render(what, room)
    for line in lines:
        assert len(line) <= limit
        assert_fit_for_a_terminal(in_plain(line).removesuffix("\n"))


@given(said(), looks, st.floats(0, 1e10))
@example((Nickname("TEDDC"), "x" * (248 - STYLE_BYTES), 256), Look(color=True), 0.0)  # all fits, to the byte
@example((Nickname("TEDDC"), "x" * (249 - STYLE_BYTES), 256), Look(color=True), 0.0)  # one byte more
@example((Nickname("TEDDC"), "x" * (248 - TIME_BYTES), 256), Look(time=0), 0.0)
@example((Nickname("TEDDC"), "x" * (249 - TIME_BYTES), 256), Look(time=0), 0.0)
def test_a_plain_line_is_written_as_any_other_event(line: tuple[Nickname, str, int], look: Look, at: float) -> None:
    """The short way of a plain line gives the same bytes as the general way, in any look."""
    nickname, text, limit = line
    general = render(SaidInGeneral(nickname, text), limit, look=look, at=at)
    assert render(Said(nickname, text), limit, look=look, at=at) == general


@settings(max_examples=40)
@given(st.lists(said(), max_size=20), looks, st.integers(MIN_DATAGRAM, MAX_DATAGRAM))
def test_a_long_event_in_a_look(spoken: list[tuple[Nickname, str, int]], look: Look, limit: int) -> None:
    """History and lists have their lines in a look, within the limit; made one by one they are the same."""
    history = HistoryShown(tuple(Said(nickname, text, AFTERNOON) for nickname, text, _ in spoken))
    members = tuple(
        member(MemoryAddress("127.0.0.1", 1 + port), nickname) for port, (nickname, _, _) in enumerate(spoken)
    )
    for event in (history, ClientsListed(members, str)):
        lines = render(event, limit, look=look, at=AFTERNOON)
        assert list(render_lazily(event, limit, look, AFTERNOON)) == lines
        for line in lines:
            assert len(line) <= limit
            assert_fit_for_a_terminal(in_plain(line).removesuffix("\n"))
        if look.color and spoken:
            assert all(END.encode() in line for line in lines)


@given(events(), st.integers(MIN_DATAGRAM, MAX_DATAGRAM))
def test_a_plain_look_has_no_escape_sequence(event: tuple[Event, int], limit: int) -> None:
    """Without color there are none, whatever is said, and a look that is plain but for its bell is plain."""
    what, _ = event
    lines = render(what, limit)
    assert not any(b"\x1b" in line for line in lines)
    assert render(what, limit, look=Look(bell=True)) == render(what, limit, look=Look()) == lines


@pytest.mark.parametrize("dirt", DIRTY, ids=ascii)
@pytest.mark.parametrize("look", [COLOR, TIME, Look(color=True, time=60)], ids=str)
def test_the_last_barrier_holds_in_a_look(dirt: str, look: Look) -> None:
    """Whatever part of an event must not be sent is not sent, also if it looks like a style."""
    for dirty in (f"a{dirt}b", f"{STYLES[0]}{dirt}{END}", f"{END}{dirt}"):
        bad = Nickname(dirty)
        sentences: list[Sentence | Listing] = [
            Sentence((dirty,)),
            Sentence((Name(bad),)),
            Sentence((Name(TEDDC), ": "), dirty),
            Sentence((Name(bad), ": "), "a"),
            Sentence((Name(TEDDC), ": "), "a", dirty),
            Sentence((Name(TEDDC), dirty, Name(TEDDC))),
            Listing("here: ", (("a", Name(TEDDC)), (dirty,), (Name(bad),))),
        ]
        for event in (Said(TEDDC, dirty), Said(bad, "hello"), *map(Fake, sentences)):
            for line in render(event, MIN_DATAGRAM, look=look):
                assert_fit_for_a_terminal(in_plain(line).removesuffix("\n"))


def test_the_time_of_a_line_is_that_of_its_input() -> None:
    """It is in front of each piece of a long line, and of each row of a list."""
    lines = render(Said(TEDDC, "x" * 500), MIN_DATAGRAM, look=TIME, at=AFTERNOON)
    assert len(lines) == 3
    members = tuple(member(MemoryAddress("127.0.0.1", port), TEDDC) for port in range(1, 30))
    rows = render(ClientsListed(members, str), MIN_DATAGRAM, look=TIME, at=AFTERNOON)
    assert len(rows) > 1
    assert all(line.startswith(b"[14:02] ") for line in (*lines, *rows))


@pytest.mark.parametrize(
    ("offset", "shown"),
    [(0, "14:02"), (120, "16:02"), (-210, "10:32"), (-720, "02:02"), (840, "04:02"), (599, "00:01")],
)
def test_an_offset(offset: int, shown: str) -> None:
    """The time is that of the offset, across midnight too, in history as in front of a line."""
    look, event = Look(time=offset), Said(TEDDC, "hello", AFTERNOON)
    assert render(event, MIN_DATAGRAM, look=look, at=AFTERNOON) == [f"[{shown}] TEDDC: hello\n".encode()]
    assert render(HistoryShown((event,)), MIN_DATAGRAM, look=look, at=0.0) == [f"[{shown}] TEDDC: hello\n".encode()]


def test_history_without_a_time_of_ones_own() -> None:
    """Who reads no times still reads those of the history, in UTC."""
    history = HistoryShown((Said(TEDDC, "hello", AFTERNOON),))
    name = f"{style_of('TEDDC')}TEDDC{END}"
    assert render(history, MIN_DATAGRAM, look=PLAIN, at=0.0) == [b"[14:02] TEDDC: hello\n"]
    assert render(history, MIN_DATAGRAM, look=COLOR, at=0.0) == [f"[14:02] {name}: hello\n".encode()]


def test_names_from_the_right_keep_their_marks() -> None:
    """The marks are in front of the time, and behind the style of a name, so all parts stay in order."""
    name = f"{style_of(SHALOM)}{SHALOM}{END}"
    look = Look(color=True, time=0)
    for event in (Said(SHALOM, "hello"), SaidInGeneral(SHALOM, "hello")):
        assert render(event, MIN_DATAGRAM, look=look) == [f"{MARK}[00:00] {name}{MARK}: hello\n".encode()]
    changed = NicknameChanged(SHALOM, SHALOM)
    assert render(changed, MIN_DATAGRAM, look=COLOR) == [
        f"{MARK}{name}{MARK} changed their nickname to {name}\n".encode()
    ]


def test_a_list_has_room_for_its_styles() -> None:
    """So many entries are in a line that all of their names can be in color, and no fewer."""
    name = Nickname("x" * 24)
    listed = ClientsListed(tuple(member(MemoryAddress("127.0.0.1", 1 + port), name) for port in range(20)), str)
    lines = render(listed, 256, look=Look(color=True))
    assert [(line.count(name.encode()), line.count(END.encode())) for line in lines] == [(4, 4)] * 5
    assert [line.count(name.encode()) for line in render(listed, 256)] == [6, 5, 5, 4]


def test_a_sentence_without_room_for_styles_is_plain() -> None:
    """A sentence that cannot be split has its names in color only if that fits into the limit."""
    changed = NicknameChanged(Nickname("x" * 24), Nickname("y" * 24))
    plain, colored = render(changed, MAX_DATAGRAM), render(changed, MAX_DATAGRAM, look=COLOR)
    assert colored != plain
    assert render(changed, len(colored[0]), look=COLOR) == colored
    assert render(changed, len(colored[0]) - 1, look=COLOR) == plain


def test_a_head_that_leaves_no_room_is_sent_nevertheless() -> None:
    """Behind a head of nearly the limit, a body is sent in small pieces and not in none."""
    head = "x" * (MIN_DATAGRAM - 1)
    lines = render(Fake(Sentence((head,), "y" * 32)), MIN_DATAGRAM)
    assert lines == [f"{head}{'y' * 16}\n".encode()] * 2
    assert render(Fake(Sentence((head,), "y" * 32, "")), MIN_DATAGRAM) == [f"{head}{'y' * 16}...\n".encode()]


@pytest.mark.parametrize("look", [PLAIN, COLOR, TIME])
def test_a_bell_is_one_byte(look: Look) -> None:
    """It has no line of its own, and no time."""
    assert render(Fake(Bell()), MIN_DATAGRAM, look=look, at=AFTERNOON) == [b"\x07"]
