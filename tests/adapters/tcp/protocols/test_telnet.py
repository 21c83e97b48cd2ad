"""Telnet is taken out of text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udpchat.adapters.tcp.protocols.telnet import MAX_SUBNEGOTIATION, REFUSAL, TelnetFilter

CASES = {
    b"hello\r\n": b"hello\r\n",
    b"\xff\xfb\x18\xff\xfd\x03hi\n": b"hi\n",
    b"a\xff\xfa\x18\x00xterm\xff\xf0b\n": b"ab\n",
    b"a\xff\xf1b\xff\xf6c\n": b"abc\n",  # NOP, are you there
    b"a\xff\xffb\n": b"a\xffb\n",  # 0xFF itself
    b"enter\r\0next\r\0": b"enter\nnext\n",
    b"\xff\xfa\x18\xff\xff\xff\xf0x\n": b"x\n",
    "grüße 👋\n".encode(): "grüße 👋\n".encode(),
}


@pytest.mark.parametrize(("data", "text"), CASES.items(), ids=repr)
def test_what_is_left(data: bytes, text: bytes) -> None:
    """Commands, options and subnegotiations go, whether they come at once or byte by byte."""
    assert TelnetFilter().text(data) == text
    slow = TelnetFilter()
    assert b"".join(slow.text(bytes((byte,))) for byte in data) == text


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_cuts_change_nothing(data: bytes, cuts: list[int]) -> None:
    """Whatever comes, it is the same in any pieces."""
    whole, pieces = TelnetFilter(), TelnetFilter()
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    end = b"\n"  # ends what may be a line end
    expected = whole.text(data + end)
    assert b"".join(pieces.text(data[start:stop]) for start, stop in pairwise(places)) + pieces.text(end) == expected


def test_a_subnegotiation_without_end_is_not_kept() -> None:
    """Bytes of an option that never ends are dropped."""
    found = TelnetFilter()
    assert found.text(b"\xff\xfa") == b""
    for _ in range(1000):
        assert found.text(b"x" * 16_384) == b""
        assert len(found.held) <= MAX_SUBNEGOTIATION
    assert found.text(b"\xff\xf0text\n") == b"text\n"


@pytest.mark.parametrize("length", [MAX_SUBNEGOTIATION, MAX_SUBNEGOTIATION + 1])
def test_a_long_subnegotiation_ends_where_a_short_one_does(length: int) -> None:
    """An IAC that stands at the end of what is dropped still belongs to the byte behind it."""
    found, option = TelnetFilter(), b"\xff\xfa" + b"\xff\xff" * length
    assert found.text(option[:-1]) == b""
    assert found.text(option[-1:] + b"\xff\xf0text\n") == b"text\n"


def test_a_flood_of_commands_is_nothing() -> None:
    """Thousands of options leave no text, and cause no answers."""
    found = TelnetFilter()
    assert found.text(b"\xff\xfd\x01\xff\xfb\x03" * 20_000 + b"hi\n") == b"hi\n"
    assert found.answer == b""


def test_ctrl_c_does_not_make_a_client_deaf() -> None:
    """DO TIMING-MARK is refused, because a client shows nothing until then."""
    found = TelnetFilter()
    assert found.text(b"\xff\xf4\xff\xfd\x06") == b""
    assert found.answer == REFUSAL
