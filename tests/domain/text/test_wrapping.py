"""Long text is broken into pieces at places that suit a reader."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.domain import strategies
from udpchat.domain.commands.talk import Said
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.limits import MIN_DATAGRAM
from udpchat.domain.text.clean import clean
from udpchat.domain.text.nickname import Nickname
from udpchat.domain.text.wrapping import wrap


@given(strategies.text, st.integers(4, 60))
def test_pieces_are_the_whole(said: str, limit: int) -> None:
    """The pieces joined are the text; each fits, and none is empty."""
    line = clean(said)
    pieces = list(wrap(line, limit))
    assert "".join(pieces) == line
    assert all(0 < len(piece.encode()) <= limit for piece in pieces)


@pytest.mark.parametrize(
    ("said", "limit", "pieces"),
    [
        ("one two three", 8, ["one two ", "three"]),
        ("one two", 7, ["one two"]),
        ("abcdefghij k", 8, ["abcdefgh", "ij k"]),
        ("a bcdefghij", 8, ["a bcdefg", "hij"]),  # the space is not near
        (" bcdefghij", 4, [" bcd", "efgh", "ij"]),
        ("abe\u0301", 4, ["ab", "e\u0301"]),
        ("\N{MAN}\u200d\N{WOMAN}\N{MAN}\u200d\N{WOMAN}", 15, ["\N{MAN}\u200d\N{WOMAN}", "\N{MAN}\u200d\N{WOMAN}"]),
        ("abc\u1112\u1161\u11ab", 9, ["abc", "\u1112\u1161\u11ab"]),
        ("ab\uac00\u11a8", 5, ["ab", "\uac00", "\u11a8"]),  # five bytes do not hold both
        ("a\uac00\u11a8", 6, ["a", "\uac00\u11a8"]),
        ("a\u0e01\u0e33", 6, ["a", "\u0e01\u0e33"]),
        ("a\u0915\u094d\u0937", 9, ["a", "\u0915\u094d\u0937"]),
        ("a\u06dd1", 4, ["a\u06dd1"]),
        ("ab\u06dd1", 4, ["ab", "\u06dd1"]),
        ("abcdef \u0301x", 7, ["abcdef", " \u0301x"]),  # the accent is on the space
        ("abcdef hijklmn", 8, ["abcdef ", "hijklmn"]),
        (
            "\U0001f1eb\U0001f1eb\U0001f1eb\u05d0\U0001f1eb\U0001f1eb",
            15,
            ["\U0001f1eb" * 3 + "\u05d0", "\U0001f1eb" * 2],
        ),
        ("abcde ghijklmn", 8, ["abcde gh", "ijklmn"]),  # at 5 of 8 the space is no longer near
    ],
)
def test_places_to_break(said: str, limit: int, pieces: list[str]) -> None:
    """A piece ends after a space that is near its end, else between characters as readers count them."""
    assert list(wrap(said, limit)) == pieces


@given(st.lists(st.sampled_from(["\U0001f1eb\U0001f1ee", "\U0001f1e6\U0001f1ff", "a"])), st.integers(8, 40))
@example(["\U0001f1eb\U0001f1ee"] * 4, 20)
def test_flags_stay_whole(marks: list[str], limit: int) -> None:
    """A flag, which is two code points, is never broken in two, wherever it stands among others."""
    assert all(len(piece.replace("a", "")) % 2 == 0 for piece in wrap("".join(marks), limit))


@given(st.lists(st.sampled_from(["e\u0301", "\N{RUNNER}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}", "x"])))
def test_accents_and_skin_tones_stay_with_what_they_change(marks: list[str]) -> None:
    """No piece begins with a mark or a modifier."""
    assert all(piece[0] in "e\N{RUNNER}x" for piece in wrap("".join(marks), 9))


def test_endless_marks_are_broken_anyway() -> None:
    """A character with more marks than any reader counts as one is broken where a piece is full."""
    pieces = list(wrap("a" + "\u0301" * 200, 100))
    assert "".join(pieces) == "a" + "\u0301" * 200
    assert all(len(piece.encode()) > 90 for piece in pieces[:-1])


@given(st.text(st.sampled_from("a \u05d0\u0301\u0e33\u200d"), max_size=80), st.integers(MIN_DATAGRAM, 300))
def test_what_was_cleaned_is_said_as_it_is(said: str, limit: int) -> None:
    """A clean line, whole or in pieces, passes the last check of a sentence without a change."""
    line = clean(said * 20)
    sentences = render(Said(Nickname("TEDDC"), line), limit)
    assert "".join(sentence.decode()[len("TEDDC: ") : -1] for sentence in sentences) == line
