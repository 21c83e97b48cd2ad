"""What programs send, read; and whatever else comes behind 0x1E."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.domain.strategies import NASTY, text
from udpchat.domain.dialects.json.decoder import (
    MALFORMED,
    MAX_FRAME,
    MAX_PLACES,
    UNKNOWN,
    SpokenHello,
    decode,
)
from udpchat.domain.limits import COMMON_LINE
from udpchat.domain.rooms.requests import MAX_ID, Malformed, Numbered, Ping, Places, Since
from udpchat.domain.text.line import LineTooLong
from udpchat.domain.text.lines import clean_lines

LIMIT = 100


def record(found: Any) -> bytes:
    """Return a record with a value in it."""
    return b"\x1e%b\n" % json.dumps(found).encode()


def read(*objects: Any) -> list[Any]:
    """Return what objects in one datagram ask."""
    return decode(b"".join(map(record, objects)), LIMIT)


def test_each_kind_is_read() -> None:
    """All that docs/json.md names is taken, and what it does not name is ignored."""
    places = Places((("lobby", 1233),), 17, "k3f9")
    hello = {"v": 1, "nick": "client", "session": "k7wm", "rooms": {"lobby": 1233}, "own": 17, "log": "k3f9", "new": []}
    assert read(
        {"hello": hello, "x": {"y": [1.5, None]}},
        {"hello": {"v": 1}},
        {"line": "/join kitchen", "id": 7, "room": "lobby"},
        {"line": "hi"},
        {"since": {"lobby": 1233}, "own": 17, "log": "k3f9"},
        {"since": {}},
        {"ping": 3},
    ) == [
        SpokenHello("client", "k7wm", places),
        SpokenHello(),
        Numbered("/join kitchen", 7, "lobby"),
        Numbered("hi"),
        Since(places),
        Since(Places()),
        Ping(3),
    ]


def test_line_feeds_between_objects_are_not_needed() -> None:
    """What begins with 0x1E is an object of its own, and separators in a row are one (RFC 7464)."""
    assert decode(b'\x1e\x1e{"ping":1}\x1e \r\n\x1e{"ping":2}\r\n', LIMIT) == [Ping(1), Ping(2)]


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"{",
        b"nonsense",
        b"[]",
        b"3",
        b'{"ping":1}{"ping":2}',
        b'{"ping":1,"ping":2}',
        b'{"line":"a","x":{"y":1,"y":2}}',
        b'{"ping":NaN}',
        b'{"ping":1,"x":Infinity}',
        b'{"ping":true}',
        b'{"ping":1.0}',
        b'{"ping":"1"}',
        b'{"ping":null}',
        b'{"ping":9007199254740992}',
        b'{"line":"a","id":0}',
        b'{"line":"a","id":-1}',
        b'{"line":"a","id":9007199254740992}',
        b'{"line":"a","id":1e3}',
        b'{"line":"a","id":null}',
        b'{"line":["a"]}',
        b'{"line":"a","room":7}',
        b'{"line":"a","ping":1}',
        b'{"hello":1}',
        b'{"hello":{}}',
        b'{"hello":{"v":0}}',
        b'{"hello":{"v":1,"nick":7}}',
        b'{"hello":{"v":1,"rooms":[]}}',
        b'{"hello":{"v":1,"rooms":{"lobby":-1}}}',
        b'{"since":[]}',
        b'{"since":{"lobby":"1"}}',
        b'{"line":"a\xff"}',
        b'{"line":"a\nb"}',
        b'\xef\xbb\xbf{"ping":1}',
        b'{"ping":1,"x":' + b"9" * 5000 + b"}",
        b'{"ping":1,"x":-' + b"9" * 17 + b"}",
        b'{"ping":1,"x":[[[[1]]]]}',
        b"[" * 1000,
        b'{"x":' * 1000,
        b'{"line":"' + b"\\u0041" * 200 + b'"}',
        b'{"line":"' + b'\\"' * 500,
    ],
)
def test_what_cannot_be_read_costs_only_itself(bad: bytes) -> None:
    """Whatever is wrong with an object, the others in its datagram count."""
    assert decode(b'\x1e{"ping":1}\n\x1e%b\n\x1e{"ping":2}\n' % (bad or b"0"), LIMIT) == [Ping(1), MALFORMED, Ping(2)]
    assert decode(b"\x1e" + bad, LIMIT) == [MALFORMED]


def test_an_object_of_no_known_kind_is_named_so() -> None:
    """A client of a later version reads that this server does not know what it asks."""
    assert read({"head": {}}, {}) == [UNKNOWN, UNKNOWN] == [Malformed("unknown-message")] * 2


def test_limits() -> None:
    """Objects, lines, rooms and depth have their limits, to the byte."""
    assert read({"line": "x" * LIMIT}) == [Numbered("x" * LIMIT)]
    assert read({"line": "é" * 51}) == [Numbered(LineTooLong(102, LIMIT))]
    frame = len(json.dumps({"line": "a", "x": ""}))
    assert read({"line": "a", "x": "y" * (LIMIT + MAX_FRAME - frame)}) == [Numbered("a")]
    assert read({"line": "a", "x": "y" * (LIMIT + MAX_FRAME - frame + 1)}) == [MALFORMED]
    assert read({"since": {f"r{each}": 1 for each in range(MAX_PLACES)}}) != [MALFORMED]
    assert read({"since": {f"r{each}": 1 for each in range(MAX_PLACES + 1)}}) == [MALFORMED]
    assert read({"ping": 1, "x": [[[]]], "y": "[[[[[[[{{{{"}) == [Ping(1)]
    assert read({"ping": MAX_ID}, {"ping": -MAX_ID}) == [Ping(MAX_ID), Ping(-MAX_ID)]
    rooms = [found.room for found in read(*({"line": "a", "room": "r" * size} for size in (96, 97, 98)))]
    assert [len(room) for room in rooms] == [96, 97, 97]
    assert read({"since": {"r" * 98: 1}}) == [Since(Places((("r" * 97, 1),)))]
    assert read({"hello": {"v": 1, "nick": "n" * 500, "session": "s" * 101, "log": "l" * 101}}) == [
        SpokenHello("n" * 97)
    ]


def test_secrets_are_shown_nowhere() -> None:
    """What a log has of a hello has no secret."""
    assert "k7wm" not in repr(SpokenHello(session="k7wm", enter="k7wm"))


@given(text)
def test_a_line_is_clean_as_one_of_text(said: str) -> None:
    """A text without line ends is what the same bytes are as a line of text; with them it is one line."""
    [asked] = decode(record({"line": said}), COMMON_LINE)
    assert isinstance(asked, Numbered)
    one = said.replace("\r", "").replace("\n", "")
    [same] = decode(record({"line": one}), COMMON_LINE)
    assert same == Numbered(clean_lines(one.encode(errors="replace"), COMMON_LINE)[0])
    assert isinstance(asked.line, str)
    assert not [
        each for each in asked.line if ord(each) < 0x20 or 0x7F <= ord(each) < 0xA0 or 0xD800 <= ord(each) < 0xE000
    ]


def test_lone_surrogates_are_removed() -> None:
    """JSON can write them, and UTF-8 cannot have them."""
    assert decode(b'\x1e{"line":"a\\ud800b","room":"\\udfff","id":1}', LIMIT) == [Numbered("ab", 1)]
    assert decode(b'\x1e{"since":{"lob\\ud800by":1}}', LIMIT) == [Since(Places((("lobby", 1),)))]


PIECES = [
    *(piece.encode(errors="surrogatepass") for piece in NASTY),
    b"\x1e",
    b"{",
    b"}",
    b"[",
    b'"',
    b":",
    b",",
    b"\\",
]
WORDS = [b'"line"', b'"hello"', b'"since"', b'"ping"', b'"id"', b'"v"', b'"rooms"', b"1", b"-", b"e", b"\\u", b"null"]


@given(st.one_of(st.binary(max_size=200), st.lists(st.sampled_from([*PIECES, *WORDS]), max_size=40).map(b"".join)))
@example(b"\x1e" * 50)
def test_whatever_comes_is_read_or_malformed(payload: bytes) -> None:
    """Any bytes give requests, and never an exception."""
    for asked in decode(b"\x1e" + payload, LIMIT):
        assert isinstance(asked, SpokenHello | Since | Ping | Numbered | Malformed)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), text),
    lambda values: st.one_of(st.lists(values, max_size=3), st.dictionaries(text, values, max_size=3)),
    max_leaves=6,
)


@given(
    st.sampled_from(["hello", "line", "since", "ping", "other"]),
    json_values,
    st.dictionaries(text, json_values, max_size=3),
)
def test_whatever_an_object_has_in_it_is_read_or_malformed(kind: str, value: Any, others: dict[str, Any]) -> None:
    """Any JSON gives a request, and never an exception."""
    [asked] = decode(record({**others, kind: value}), LIMIT)
    assert isinstance(asked, SpokenHello | Since | Ping | Numbered | Malformed)
