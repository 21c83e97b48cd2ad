"""What logs may have of a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.peers import peer
from udpchat.domain.commands.privacy import loggable, without_private_words
from udpchat.domain.rooms.inputs import ControlInput, Idle, Input
from udpchat.domain.rooms.requests import Numbered, Ping, Request
from udpchat.domain.text.line import Line, LineTooLong


@pytest.mark.parametrize("word", ["/msg", "/W", "/r", "/reply", "msg", "Tell", "x/query", "\uff0fmsg", "-m"])
def test_private_words_are_left_out(word: str) -> None:
    """Also if they were mistyped, or were for nobody; the first word stays."""
    assert without_private_words(f"{word} Tyvem secret") == f"{word} ..."
    assert without_private_words(f"{word}\u00a0secret") == f"{word} ..."
    assert without_private_words(word) == word


@given(st.sampled_from("/.,-?7"), st.lists(st.booleans(), min_size=4, max_size=4))
def test_full_width_words_are_left_out(sign: str, wide: list[bool]) -> None:
    """Keyboards of East Asia type ASCII so (U+FF01 to U+FF5E), or only some of a word."""
    word = "".join(
        chr(ord(each) + 0xFEE0) if is_wide else each for each, is_wide in zip(f"{sign}msg", wide, strict=True)
    )
    assert without_private_words(f"{word} Tyvem secret") == f"{word} ..."


@pytest.mark.parametrize(
    "line", ["", " ", "hello", "hello Tyvem", "/me waves", "/nick Tyvem", "/mgs Tyvem", "//msg Tyvem x", '"msg x"']
)
def test_all_other_lines_stay(line: str) -> None:
    """They are for the room, or for the server; what follows an unknown command was left out before."""
    assert without_private_words(line) == line


def test_what_a_program_sends_is_logged_without_private_words() -> None:
    """So is a line of text; all other inputs have no words of people."""

    def logged(line: Line | ControlInput | Request) -> object:
        return loggable(Input(0.0, 1, peer(), line))

    assert logged(Numbered("/msg Tyvem secret", 7, "lobby")) == Numbered("/msg ...", 7, "lobby")
    assert logged("/msg Tyvem secret") == "/msg ..."
    for line in (Numbered("hello"), Numbered(LineTooLong(8001, 8000)), Ping(3), Idle(), "hello"):
        assert logged(line) is line
