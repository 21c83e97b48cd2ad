"""Bytes from a stranger become clean lines."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.domain import strategies
from udpchat.domain.commands.talk import Said
from udpchat.domain.dialects.text import render
from udpchat.domain.limits import MIN_DATAGRAM
from udpchat.domain.text import lines as text
from udpchat.domain.text.line import LineTooLong
from udpchat.domain.text.nickname import Nickname

LIMIT = 200

# Said again here, by category and property instead of by code point, so that the two lists check each other.
SHOWN_FORMATS = set(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)  # UCD: visible
JOINERS = {"\u200c", "\u200d", "\u180e"}


def assert_fit_for_a_terminal(line: str) -> None:
    """Fail unless nothing in `line` drives a terminal, hides, turns the text around or ends the line.

    A mark may stand in front, and behind a name, where that is written from the right, to keep it in its place.
    """
    if line.startswith("\u200e"):
        line = line[1:]
        assert unicodedata.bidirectional(next(filter(str.isalpha, line), " ")) in {"R", "AL"}
    for name in re.findall(r"(\S+)\u200e", line):
        assert unicodedata.bidirectional(next(filter(str.isalpha, reversed(name)), " ")) in {"R", "AL"}
    line = line.replace("\u200e", "")
    assert not re.search(r"[^\S\t\n]{18}|\u2800{18}", line), "a gap that fills a terminal's line"
    heap = 0
    for character in line:
        heap = heap + 1 if unicodedata.category(character)[0] == "M" else heap if character in JOINERS else 0
        assert heap <= text.MAX_MARKS, "a heap of marks"
    for character in line:
        category = unicodedata.category(character)
        assert category not in {"Cc", "Cs", "Zl", "Zp"}, ascii(character)
        assert category != "Cf" or character in SHOWN_FORMATS | JOINERS, ascii(character)
        assert unicodedata.bidirectional(character) not in {
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        }
    assert not re.search("[\u034f\u115f\u1160\u3164\uffa0\u17b4\u17b5]", line), "a letter that shows nothing"
    assert not re.search("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2}", line), "hidden data in variation selectors"
    assert not re.search(
        "[a-zA-Z0-9 ][\u200c\u200d]|[\u200c\u200d]([a-zA-Z0-9 ]|$)", line.replace("\u094d\u200d", "")
    ), "a joiner that joins nothing"


@given(strategies.payloads)
@example("\u094d\u200da".encode())
def test_any_bytes_yield_clean_lines_or_nothing(payload: bytes) -> None:
    """Any bytes yield clean lines that show something, or one that is blank, or a refusal, and never an exception."""
    lines = text.lines(payload, LIMIT)
    assert lines
    for line in lines:
        if isinstance(line, LineTooLong):
            assert line.size > line.limit == LIMIT
        else:
            assert_fit_for_a_terminal(line)
            assert line.strip() or lines == [""]
            assert "\n" not in line


@pytest.mark.parametrize("plane", range(17))
def test_every_character_alone(plane: int) -> None:
    """Every character of Unicode, between letters, comes out fit for a terminal or not at all.

    Of the planes that have none yet, and of those for private use, it is each 15th.
    """
    for point in range(plane * 0x10000, (plane + 1) * 0x10000, 1 if plane in {0, 1, 2, 3, 14} else 15):
        assert_fit_for_a_terminal(text.clean(f"a{chr(point)}b"))


@given(strategies.text)
def test_cleaning_twice_is_cleaning_once(said: str) -> None:
    """What is clean stays as it is."""
    assert text.clean(text.clean(said)) == text.clean(said)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="\u115f\u1160\u3164\uffa0")))
def test_visible_characters_stay(said: str) -> None:
    """Letters, numbers, punctuation, symbols and spaces of every script stay, but for wide gaps."""
    said = re.sub(r"\s{17,}", " ", said)
    assert text.clean(said) == said


@pytest.mark.parametrize(
    "said",
    [
        "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}",
        "\N{RUNNER}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}\u200d\N{FEMALE SIGN}\ufe0f",
        "\N{HEAVY BLACK HEART}\ufe0f\u200d\N{FIRE}",
        "\N{EYE}\ufe0f\u200d\N{LEFT SPEECH BUBBLE}\ufe0f",
        "\N{WAVING WHITE FLAG}\ufe0f\u200d\N{RAINBOW}",
        "\N{SLIGHTLY SMILING FACE}\u200d\N{LEFT RIGHT ARROW}\ufe0f",
        "1\ufe0f\N{COMBINING ENCLOSING KEYCAP}",
        "\N{REGIONAL INDICATOR SYMBOL LETTER F}\N{REGIONAL INDICATOR SYMBOL LETTER I}",
        "cafe\N{COMBINING ACUTE ACCENT} Z\u030c\u0323",
        "\u0627\u0644\u0633\u0644\u0627\u0645 \u0639\u0644\u064a\u0643\u0645",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with the non-joiner that its spelling has
        "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd",
        "\u0915\u094d\u200d\u0937 \u0915\u094d\u200c\u0937",  # Devanagari, both joiners after a virama
        "\u0dc1\u0dca\u200d\u0dbb\u0dd3",  # Sinhala
        "\u4f60\u597d\u3000\u4e16\u754c \u3053\u3093\u306b\u3061\u306f \uc548\ub155",
        "\u09b0\u200d\u09cd\u09af\u09be\u09ac",  # Bengali, the joiner before the virama
        "PDF\u200c\u0647\u0627 \u0647\u200d",  # Persian plural of a Latin word; the short form of Hijri
        "\u182c\u180e\u1820",  # Mongolian, with its vowel separator
        "\U0001e922\u200c\U0001e922",  # Adlam
        "\u845b\U000e0100",  # an ideograph in the form its bearer writes
    ],
)
def test_what_people_write_stays_readable(said: str) -> None:
    """Emoji sequences, accents, Arabic, Hebrew, Indic and East Asian text pass as they are."""
    assert text.clean(said) == said


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a\u200db", "ab"),
        ("a\u200cb", "ab"),
        ("\u200d", ""),
        ("\N{GRINNING FACE}\u200d", "\N{GRINNING FACE}"),
        ("\N{GRINNING FACE}\u200d\u200d\N{GRINNING FACE}", "\N{GRINNING FACE}\N{GRINNING FACE}"),
        ("\u0645\u200c", "\u0645"),
        ("\ufe0fa", "a"),
        ("a\ufe0f\ufe0e\ufe0f", "a\ufe0f"),
        ("\N{WAVING BLACK FLAG}\U000e0067\U000e0062\U000e007f", "\N{WAVING BLACK FLAG}"),
        ("a\tb", "a b"),
        (
            "\N{BOX DRAWINGS LIGHT HORIZONTAL}\u200d\N{BOX DRAWINGS LIGHT HORIZONTAL}",
            "\N{BOX DRAWINGS LIGHT HORIZONTAL}" * 2,
        ),
    ],
)
def test_invisible_characters_out_of_place_go(said: str, shown: str) -> None:
    """A joiner that joins nothing, a selector that selects nothing, and tags are removed; a tab becomes a space."""
    assert text.clean(said) == shown


@given(
    st.lists(st.text(st.characters(categories=["L", "N", "M"]), min_size=1), min_size=1),
    st.sampled_from(["\n", "\r\n"]),
)
def test_lines_come_in_order(said: list[str], end: str) -> None:
    """Lines come out as many and in the order they went in, those that show nothing left out."""
    clean = [text.clean(line) for line in said]
    assert text.lines(end.join(said).encode(), 10_000) == ([line for line in clean if line] or [""])


@given(strategies.text, st.integers(4, 60))
def test_pieces_are_the_whole(said: str, limit: int) -> None:
    """Pieces joined are what was cut; each has something in it and fits."""
    clean = text.clean(said)
    pieces = list(text.pieces(clean, limit))
    assert "".join(pieces) == clean
    assert all(0 < len(piece.encode()) <= limit for piece in pieces)


@pytest.mark.parametrize("blank", ["", " ", "\u3000", "\u2800 \u2800", "\u200b", "\ufe0f"])
def test_lines_that_show_nothing(blank: str) -> None:
    """A line of spaces, of blank signs or of what is removed is no line."""
    assert text.lines(f"a\n{blank}\nb".encode(), 100) == ["a", "b"]
    assert text.lines(blank.encode(), 100) == [""]


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
        ("abcdef \u0301x", 7, ["abcdef", " \u0301x"]),  # the space carries the accent
        ("abcdef hijklmn", 8, ["abcdef ", "hijklmn"]),
        ("abcde ghijklmn", 8, ["abcde gh", "ijklmn"]),  # at 5 of 8 the space is no longer near
    ],
)
def test_places_to_break(said: str, limit: int, pieces: list[str]) -> None:
    """A piece ends at a space where one is near, else between characters as readers count them."""
    assert list(text.pieces(said, limit)) == pieces


@given(st.lists(st.sampled_from(["\N{REGIONAL INDICATOR SYMBOL LETTER F}\N{REGIONAL INDICATOR SYMBOL LETTER I}", "a"])))
def test_flags_stay_whole(marks: list[str]) -> None:
    """A flag, which is two characters, is never cut in two."""
    assert all(len(piece.replace("a", "")) % 2 == 0 for piece in text.pieces("".join(marks), 9))


@given(st.lists(st.sampled_from(["e\u0301", "\N{RUNNER}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}", "x"])))
def test_accents_and_skin_tones_stay_with_what_they_change(marks: list[str]) -> None:
    """No piece begins with a mark or a modifier."""
    assert all(piece[0] in "e\N{RUNNER}x" for piece in text.pieces("".join(marks), 9))


def test_endless_marks_are_cut_anyway() -> None:
    """A heap of marks that no reader counts as one character is cut where it must be."""
    pieces = list(text.pieces("a" + "\u0301" * 200, 100))
    assert "".join(pieces) == "a" + "\u0301" * 200
    assert all(len(piece.encode()) > 90 for piece in pieces[:-1])


@pytest.mark.parametrize(
    "blank", [" ", "\t", "\u3000", "\u2800", "\xa0", " \u2800", "\u2800\ufe0f", "\U0001d159\u180b"]
)
def test_wide_gaps_are_narrowed(blank: str) -> None:
    """A run of blanks of any kind keeps 16 of them, so that none fills the rest of a terminal's line."""
    shown = text.clean(f"hi{blank * 100}TEDDC: hello")
    assert shown.startswith("hi")
    assert shown.endswith("TEDDC: hello")
    assert len(shown) == len("hiTEDDC: hello") + text.MAX_BLANKS
    assert text.lines(f"hi{blank * 100}TEDDC: hello\n".encode(), 1000) == [shown]


def test_what_is_indented_stays() -> None:
    """Up to 16 blanks in a row are kept, also in front and at the end."""
    said = " " * 16 + "return" + " " * 16 + "x" + " " * 16
    assert text.lines(said.encode(), 1000) == [said]
    assert render(Said(Nickname("TEDDC"), said), 1400) == [f"TEDDC: {said}\n".encode()]


@given(st.text(st.sampled_from("a \u05d0\u0301\u0e33\u200d"), max_size=80), st.integers(MIN_DATAGRAM, 300))
def test_what_was_cleaned_is_said_as_it_is(said: str, limit: int) -> None:
    """The last look at a sentence changes nothing of a line that was clean, whole or in pieces."""
    clean = text.clean(said * 20)
    sentences = render(Said(Nickname("TEDDC"), clean), limit)
    assert "".join(sentence.decode()[len("TEDDC: ") : -1] for sentence in sentences) == clean


@pytest.mark.parametrize(
    "mark", ["\u0301", "\u0489", "\u20dd", "\ufe0f\u0301", "\u0301\u200d", "\u064b\u180e", "\U0001d165"]
)
def test_heaps_of_marks_are_cut(mark: str) -> None:
    """A character has at most so many marks, whatever stands among them; the next one has its own."""
    shown = text.clean(f"a{mark * 100}b\u0301")
    marks = [character for character in shown[:-2] if unicodedata.category(character)[0] == "M"]
    assert 0 < len(marks) <= text.MAX_MARKS
    assert shown.endswith("b\u0301")


@pytest.mark.parametrize("said", ["\u0301hello", "\u180e\u0301hello", "\u0301\u0489\u200dhello", "\ufe0f\u0301hello"])
def test_marks_without_a_character_go(said: str) -> None:
    """A mark at the beginning of a line, which would be shown on what stands before it, is removed."""
    assert text.clean(said) == "hello"


def test_every_mark_is_counted() -> None:
    """The ranges that are looked at have every mark of Unicode."""
    for point in range(0x110000):
        if unicodedata.category(chr(point))[0] == "M":
            shown = text.clean("a" + chr(point) * 10)
            assert len(shown) <= 1 + text.MAX_MARKS, hex(point)
