"""No gap is so wide that it moves what follows it to another row of a terminal."""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.domain import strategies
from tests.domain.text.terminal import assert_fit_for_a_terminal, widest_gap
from tests.room import NAMES, two_members
from udpchat.domain.commands.history import HistoryShown
from udpchat.domain.commands.talk import Said
from udpchat.domain.datagram import RECORD_SEPARATOR
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.limits import MIN_DATAGRAM
from udpchat.domain.machine.obey import UnknownCommand
from udpchat.domain.text.characters.gaps import MAX_GAP, cut_gaps
from udpchat.domain.text.clean import clean
from udpchat.domain.text.lines import clean_lines
from udpchat.domain.text.nickname import Nickname


@cache
def characters() -> tuple[list[str], list[str]]:
    """Return all blanks, and all characters that have no width."""
    every = [chr(point) for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point)) not in {"Cn", "Co"}]
    blank = [each for each in every if each.isspace() or widest_gap(each)]
    return blank, [each for each in every if not widest_gap(f"{each} ") - 1 and widest_gap(f" {each} ") == 2]


@st.composite
def gaps(draw: st.DrawFn) -> str:
    """Return blanks with characters without width among them."""
    blank, widthless = map(st.sampled_from, characters())
    parts = st.tuples(blank, st.text(widthless, max_size=2), st.integers(1, 40))
    return "".join((each + among) * times for each, among, times in draw(st.lists(parts, min_size=1, max_size=6)))


texts = st.lists(st.one_of(gaps(), strategies.text), max_size=4).map("".join)


def test_the_characters_of_gaps_are_of_many_kinds() -> None:
    """The blanks and the characters without width that the properties below draw from are of all sorts."""
    blank, widthless = characters()
    assert {" ", "\t", "\xa0", "\u2028", "\u2800", "\u3000", "\U0001d159", "\U00016fe4"}.issubset(blank)
    assert {"\u0301", "\u034f", "\u200b", "\u1161", "\u0903", "\ufe0f", "\U000e0041", "\u2d7f"}.issubset(widthless)


@given(texts, st.sampled_from(["TEDDC", "\u05e9\u05dc\u05d5\u05dd"]))
@example("hi" + "\u3000" * 16 + "Tyvem: no", "TEDDC")
@example("hi" + " \u0301" * 100 + "Tyvem: no", "TEDDC")
def test_no_sentence_has_a_wide_gap(said: str, name: str) -> None:
    """No sentence has a gap wider than the limit and the one blank before a text, in columns, whatever was sent."""
    nickname = NAMES.fit(name) or Nickname("TEDDC")
    for line in clean_lines(said.encode(errors="replace"), 100_000):
        assert isinstance(line, str)
        assert widest_gap(line) <= MAX_GAP
        message = Said(nickname, line, 0.0)
        for event in (message, HistoryShown((message,)), UnknownCommand(f"/{line}", hints=True)):
            for sentence in render(event, MIN_DATAGRAM):
                assert widest_gap(sentence.decode().removesuffix("\n")) <= MAX_GAP + 1


@given(texts)
def test_cleaning_gaps_twice_is_cleaning_once(said: str) -> None:
    """Cleaning changes nothing in a text that is clean, also where gaps, marks and joiners stand side by side."""
    assert clean(clean(said)) == clean(said)


@given(st.lists(st.one_of(strategies.payloads, texts.map(lambda said: said.encode(errors="replace"))), max_size=5))
def test_no_control_byte_but_our_own_leaves_the_server(payloads: list[bytes]) -> None:
    """Whatever a member sends: what everybody receives are whole lines of UTF-8 that are fit for a terminal."""
    _, one, two = two_members()
    for payload in payloads:
        one.say(payload.lstrip(RECORD_SEPARATOR))  # else it reads objects from then on
    for line in (*one.hears(), *two.hears()):
        assert not any(unicodedata.category(each) == "Cc" for each in line)
        assert_fit_for_a_terminal(line)


@pytest.mark.parametrize("among", ["", "\u0301", "\ufe0f", "\u200d", "\u1160"], ids=ascii)
def test_every_blank_alone(among: str) -> None:
    """A run of one blank, with any mark among it, is cut to 16 columns or removed; what stands around it stays."""
    for blank in characters()[0]:
        shown = clean(f"hi{f'{blank}{among}' * 100}Tyvem:no")
        assert shown.startswith("hi")
        assert shown.endswith("Tyvem:no")
        assert widest_gap(shown) <= MAX_GAP
        assert widest_gap(shown) == MAX_GAP or unicodedata.category(blank) in {"Lo", "Mn"}  # fillers, and marks


def test_narrow_gaps_stay() -> None:
    """Blanks of 16 columns stay as they are, in any number of places, also in scripts with many marks."""
    for gap in (" " * 16, "\u3000" * 8, "\u2800" * 15 + " "):
        for word in ("x", "\u0e17\u0e35\u0e48", "\u0645\u064f", "\u1112\u1161\u11ab"):
            text = word + f"{gap}{word}" * 10
            assert cut_gaps(text) == text
    assert cut_gaps("") == ""
