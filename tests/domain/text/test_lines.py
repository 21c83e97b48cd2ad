"""The bytes of a datagram become clean lines."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.domain import strategies
from tests.domain.text.terminal import assert_fit_for_a_terminal
from udpchat.domain.commands.talk import Said
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.text.characters.properties import BLANK_SIGNS
from udpchat.domain.text.clean import clean
from udpchat.domain.text.line import LineTooLong
from udpchat.domain.text.lines import (
    as_utf8,
    clean_lines,
    count_filled_lines,
    count_lines,
    plain_line,
    plain_lines,
    split_lines,
)
from udpchat.domain.text.nickname import Nickname

LIMIT = 200


@given(strategies.payloads)
@example("\u094d\u200da".encode())
def test_any_bytes_yield_clean_lines_or_nothing(payload: bytes) -> None:
    """Any bytes yield clean lines that show something, or one blank line, or a refusal, and never an exception."""
    lines = clean_lines(payload, LIMIT)
    assert lines
    for line in lines:
        if isinstance(line, LineTooLong):
            assert line.size > line.limit == LIMIT
        else:
            assert_fit_for_a_terminal(line)
            assert line.strip() or lines == [""]
            assert not re.search("[\r\n]", line)


@given(strategies.payloads | st.binary(max_size=40) | st.text(st.characters(max_codepoint=0x7F)).map(str.encode))
@example(b" " * 17)
@example(b" " * 17 + b"a")
@example(b"a" + b" " * 17)
@example(b"a\n\n")
@example(b"a\r\n")
def test_a_plain_line_is_the_only_line(payload: bytes) -> None:
    """The short way for one plain line gives what the long way gives, or nothing."""
    line = plain_line(payload)
    assert line is None or clean_lines(payload, len(payload)) == [line]


@pytest.mark.parametrize("said", ["hello", "hello\n", "!", "~", "a  b", "/nick client\n"])
def test_a_usual_line_is_plain(said: str) -> None:
    """What people mostly say takes the short way."""
    assert plain_line(said.encode()) == said.removesuffix("\n")


ASCII = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1)
PLAIN = ASCII.map(lambda said: f"{said}\n".encode())
TRICKS = st.sampled_from([b"", b"\n", b"a", b"a\nb", b"a\nb\n", b"\na\n", b"a\r\n", b" a\n", b"/a\n", b"\x7f\n"])


@given(st.lists(PLAIN | TRICKS, max_size=4), st.integers(1, 8))
@example([b"a", b"\nb\n"], 8)
@example([b"a\n" + b" " * 17, b"\n"], 20)
@example([b"a" + b" " * 17 + b"\n"], 20)
def test_plain_lines_together(payloads: list[bytes], limit: int) -> None:
    """Datagrams are plain together if and only if each is: short, with a line feed, no command, and not changed."""
    each = [plain_line(payload) for payload in payloads]
    plain = all(
        line is not None and line[0] not in " /" and payload == f"{line}\n".encode() and len(payload) <= limit
        for line, payload in zip(each, payloads, strict=True)
    )
    found = plain_lines(payloads, limit)
    assert found == each if plain else found is None or found == [clean_lines(one, limit)[0] for one in payloads]


@given(
    st.lists(st.text(st.characters(categories=["L", "N", "M"]), min_size=1), min_size=1),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_lines_come_in_order(said: list[str], end: str) -> None:
    """Lines come out in the order they went in, and none is lost but those that show nothing."""
    expected = [line for line in map(clean, said) if line]
    assert clean_lines(end.join(said).encode(), 10_000) == (expected or [""])


@pytest.mark.parametrize("blank", ["", " ", "\u3000", "\u2800 \u2800", "\u200b", "\ufe0f"])
def test_lines_that_show_nothing(blank: str) -> None:
    """A line of spaces, blank signs or characters that are removed is left out."""
    assert clean_lines(f"a\n{blank}\nb".encode(), 100) == ["a", "b"]
    assert clean_lines(blank.encode(), 100) == [""]


@pytest.mark.parametrize("form", ["%s", "a%s", "%sa", "a%sb", "a%sb\n", "a%s\n", "%s\n"])
def test_every_ascii_character_in_a_line(form: str) -> None:
    """Each ASCII character comes out of a line as cleaning alone leaves it; LF or CR ends a line."""
    for byte in range(0x80):
        said = form % chr(byte)
        expected = [line for line in map(clean, re.split("[\r\n]", said)) if line.strip()]
        assert clean_lines(said.encode(), 100) == (expected or [""])


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
def test_blanks_in_a_line(end: str) -> None:
    """Blanks before, after and without a word come out as cleaning alone leaves them; a blank line is left out."""
    for width in range(20):
        gap = " " * width
        assert clean_lines(f"{gap}{end}".encode(), 100) == [""]
        for said in (f"{gap}a", f"a{gap}", f"{gap}a{gap}", f"a{gap}a"):
            assert clean_lines(f"{said}{end}".encode(), 100) == [clean(said)]


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
def test_the_line_end_does_not_count(end: str) -> None:
    """A line of as many bytes as the limit passes with any line end, and a line of one byte more does not."""
    assert clean_lines(f"{'x' * LIMIT}{end}".encode(), LIMIT) == ["x" * LIMIT]
    assert clean_lines(f"x{'x' * LIMIT}{end}".encode(), LIMIT) == [LineTooLong(LIMIT + 1, LIMIT)]


def test_what_is_indented_stays() -> None:
    """Up to 16 blanks in a row stay, also at the beginning and at the end of a line."""
    said = " " * 16 + "return" + " " * 16 + "x" + " " * 16
    assert clean_lines(said.encode(), 1000) == [said]
    assert render(Said(Nickname("TEDDC"), said), 1400) == [f"TEDDC: {said}\n".encode()]


def test_what_separates_words_keeps_them_apart() -> None:
    """Every white space, and every separator of fields, lines or paragraphs, ends a line or becomes a blank in it."""
    separators = [chr(point) for point in range(sys.maxunicode + 1) if chr(point).isspace()]
    assert {"\t", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029", "\u3000"}.issubset(separators)
    for each in separators:
        lines = clean_lines(f"one{each}two".encode(), 100)
        shown = each if unicodedata.category(each) == "Zs" else " "
        assert lines == (["one", "two"] if each in "\r\n" else [f"one{shown}two"])


def test_every_blank_separates_the_words_of_a_command() -> None:
    """A sign that shows nothing is a space in a command, and stays in what is said."""
    signs = [chr(point) for point in range(sys.maxunicode + 1) if re.match(f"[{BLANK_SIGNS}]", chr(point))]
    assert "\u2800" in signs
    for each in signs:
        assert clean_lines(f"{each}/nick{each}bob{each}".encode(), 100) == ["/nick bob "]
        for said in (f"//nick{each}bob", f"nick{each}bob", f"{each}//nick{each}bob"):
            assert clean_lines(said.encode(), 100) == [clean(said)]


@given(strategies.text, st.sampled_from(["utf-16-le", "utf-16-be"]))
def test_utf_16_is_read_as_such(said: str, encoding: str) -> None:
    """Text in UTF-16 of either byte order, behind a byte-order mark, is read as the same text in UTF-8."""
    said = said.encode(errors="replace").decode()
    payload = f"\ufeff{said}".encode(encoding)
    assert clean_lines(payload, 10_000) == clean_lines(said.encode(), 10_000)
    assert count_lines(payload) == count_lines(said.encode())


@given(strategies.payloads)
def test_each_line_is_counted(payload: bytes) -> None:
    """The number of lines is that of the line ends, and one more if text follows the last one or nothing was sent."""
    *ended, last = re.split(b"\r\n|\r|\n", as_utf8(payload))
    assert count_lines(payload) == (len(ended) if ended and not last else len(ended) + 1)


@given(st.lists(st.text("ab \t\r\v\f\u00a0", max_size=4).map(str.encode), max_size=80))
def test_blank_lines_are_not_filled(lines: list[bytes]) -> None:
    """A line counts if it has something in it, wherever blank ones are, and whether or not the last one has an end."""
    payload = b"\n".join(lines)
    filled = sum(bool(line.strip()) for line in payload.splitlines())
    assert count_filled_lines(payload) == count_filled_lines(payload + b"\n") == filled


@given(st.lists(st.text("x\u20ac {}\n\r").map(str.encode), min_size=1, max_size=9), st.booleans())
def test_lines_and_objects_are_split_whole(texts: list[bytes], of_program: bool) -> None:  # noqa: FBT001 - drawn
    """What a rate cuts off begins at a line, or at an object of a program, and nothing is lost between them."""
    payload = b"".join(b"\x1e%b" % text for text in texts) if of_program else b"".join(texts)
    pieces = split_lines(payload)
    assert b"".join(pieces) == payload
    assert len(pieces) == (len(texts) if of_program else count_lines(payload) if payload else 0)
