"""What a connection speaks, told from its first bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udpchat.adapters.tcp.protocols.sniffing import PEEKED, Speech, of_line, recognise

FIRST_BYTES = {
    b"GET / HTTP/1.1\r\n": Speech.HTTP,
    b"POST /x?a b c HTTP/1.0\r\nHost: x\r\n\r\nhello\n": Speech.HTTP,
    b"hello /nick HTTP/1.1\n": Speech.HTTP,  # any method that fetch() allows
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n": Speech.HTTP,
    b"x HTTP/1.1\n": Speech.HTTP,
    b"\x1e": Speech.JSON,
    b'\x1e{"hello": {"v": 1}}\n': Speech.JSON,
    b"\x16\x03\x01": Speech.TLS,
    b"\x00\x01\x00\x08\x21\x12\xa4\x42hello\n": Speech.STUN,
    b"\x01\x0a\x00\x01\x00\xf6\x21\x12\xa4\x42": Speech.STUN,  # behind its length, which may have a line feed
    b"\x03\xff\x00\x01": Speech.STUN,
    b"NICK client\r\n": Speech.IRC,
    b"CAP LS 302\r\n": Speech.IRC,
    b"USER a 0 * :a\r\n": Speech.IRC,
    b"PASS secret\r\n": Speech.IRC,
    b"nick is here\n": Speech.TEXT,
    b"NICKEL is a metal\n": Speech.TEXT,
    b"HTTP/1.1\n": Speech.TEXT,  # one word
    b"I like HTTP/1.1 most\n": Speech.TEXT,
    b"\n": Speech.TEXT,
    b"\r\n": Speech.TEXT,
    b"\xff\xfb\x18hi\n": Speech.TEXT,
    b"GE": None,
    b"GET / HT": None,
    b"NICK": None,
    b"hello": None,
    b"": None,
}


@pytest.mark.parametrize(("first", "speech"), FIRST_BYTES.items(), ids=repr)
def test_first_bytes(first: bytes, speech: Speech | None) -> None:
    """Each protocol is known by its first bytes, or its first line."""
    assert recognise(first) is speech


WORD = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
TARGET = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)


@given(WORD, TARGET, st.sampled_from(["HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "http/1.1", "HTTP/3"]))
def test_any_request_line_is_http(method: str, target: str, version: str) -> None:
    """Whatever the method and the target are, a request line is HTTP, and no part of one is taken for text."""
    line = f"{method} {target} {version}\r\n".encode()
    assert of_line(line) is Speech.HTTP
    assert recognise(line) is Speech.HTTP
    assert {recognise(line[:end]) for end in range(len(line))} == {None}


def test_a_line_without_end_is_text() -> None:
    """As much as is looked at is waited for, and no more; the protocol for text looks at the rest."""
    assert recognise(b"POST /" + b"a" * (PEEKED - 7)) is None
    assert recognise(b"POST /" + b"a" * (PEEKED - 6)) is Speech.TEXT
