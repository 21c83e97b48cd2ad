"""Text, JSON and refusals, without a socket."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from udpchat.adapters.tcp.protocols.protocol import Ending
from udpchat.adapters.tcp.protocols.records import RecordProtocol
from udpchat.adapters.tcp.protocols.refusal import Refusal, refusal_of
from udpchat.adapters.tcp.protocols.sniffing import Speech, recognise
from udpchat.adapters.tcp.protocols.speakers import Speakers
from udpchat.adapters.tcp.protocols.text import TextProtocol
from udpchat.domain.dialects.json.decoder import decode

PEER, HERE = ("192.0.2.1", 5), ("192.0.2.2", 12000)
LIMIT = 100


def test_lines() -> None:
    """Each of a few whole lines is a payload, and many are one; the rest waits, and comes at the end."""
    text = TextProtocol(LIMIT)
    assert text.receive(b"a\n" * 1000, 0.0) == (b"a\n" * 1000,)
    assert text.receive(b"a\r\nb\nc", 0.0) == [b"a\r\n", b"b\n"]
    assert text.receive(b"d", 0.0) == ()
    assert text.end_of_input(0.0) == (b"cd\n",)
    assert text.end_of_input(0.0) == ()
    assert not text.ended
    assert text.to_write() == b""
    assert text.frame([b"x\n", b"y\n"]) == b"x\ny\n"
    assert text.closing(None) == b""
    assert text.closing(Ending.TOO_SLOW) == b"error - you read too slowly, connect again\n"


@pytest.mark.parametrize(
    ("piece", "rest", "said"),
    [
        (b"b", b"c\n", b"bc\n"),
        (b"\xff", b"\xf1c\n", b"c\n"),
        (b"b\r", b"\0c\n", b"b\nc\n"),
        (b"x" * (LIMIT + 9), b"y\nc\n", b"c\n"),
    ],
    ids=["line", "telnet command", "telnet line end", "long line"],
)
def test_whole_lines_behind_a_piece(piece: bytes, rest: bytes, said: bytes) -> None:
    """What begins behind whole lines goes on in the next bytes, and whole lines behind it are read as before."""
    text = TextProtocol(LIMIT)
    assert list(text.receive(b"first\n", 0.0)) == [b"first\n"]
    assert list(text.receive(b"a\n", 0.0)) == [b"a\n"]
    text.receive(piece, 0.0)
    assert b"".join(text.receive(rest, 0.0)) == said
    assert list(text.receive(b"d\n", 0.0)) == [b"d\n"]


@pytest.mark.parametrize("length", [0, LIMIT - 20, LIMIT, LIMIT + 1, 5 * LIMIT])
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_slow_http_is_no_text(length: int, step: int) -> None:
    """A first line that turns out to be HTTP is refused, however slow and long it is, and nothing after it is said."""
    text = TextProtocol(LIMIT)
    found: list[bytes] = []
    data = b"POST /" + b"a" * length + b" HTTP/1.1\r\nHost: x\r\n\r\nhello\n"
    for start in range(0, len(data), step):
        if not text.ended:
            found += text.receive(data[start : start + step], 0.0)
    assert text.ended
    assert found == []
    assert text.to_write().startswith(b"HTTP/1.1 405 ")


PARTS = st.lists(
    st.sampled_from([b"a" * LIMIT, b"a" * 5 * LIMIT, b" ", b"\n", b"\r\n", b"Host: x\r\n", b"hello\n", b"HTTP/1.0"]),
    max_size=8,
).map(b"".join)


@given(st.integers(0, 3 * LIMIT), PARTS, st.lists(st.integers(1, 3 * LIMIT), min_size=1, max_size=9))
@example(3 * LIMIT, b"a" * 5 * LIMIT + b"\nhello\n", [2 * LIMIT, 5 * LIMIT])
@example(2 * LIMIT, b"a" * 5 * LIMIT + b"\nhello\n", [5 * LIMIT])
def test_nothing_behind_a_long_request_line_is_chat(length: int, body: bytes, sizes: list[int]) -> None:
    """A foreign page chooses path and body: however long their lines are, and wherever TCP cuts them, none is said."""
    text, found = TextProtocol(LIMIT), list[bytes]()
    data = b"POST /" + b"p" * length + b" HTTP/1.1\r\nHost: x\r\n\r\n" + body
    for size in [*sizes, *[sizes[-1]] * len(data)]:
        if data and not text.ended:
            found += text.receive(data[:size], 0.0)
            data = data[size:]
    if not text.ended:
        found += text.end_of_input(0.0)
    assert text.ended
    assert found == []
    assert text.to_write().startswith(b"HTTP/1.1 405 ")


def test_the_first_line_does_not_wait_for_a_long_one_behind_it() -> None:
    """It is said when it is whole, whatever has come of the next one."""
    text = TextProtocol(LIMIT)
    assert b"".join(text.receive(b"hello\n" + b"x" * 5 * LIMIT, 0.0)) == b"hello\n" + b"x" * (LIMIT + 1) + b"\n"


def test_http_that_is_not_ended_is_no_text() -> None:
    """A request line without a line feed is refused at the end."""
    text = TextProtocol(LIMIT)
    assert text.receive(b"POST / HTTP/1.1", 0.0) == ()
    assert text.end_of_input(0.0) == ()
    assert text.ended


def test_a_long_first_line_is_an_error() -> None:
    """A first line of text that is too long is handed on when its end has come, longer than allowed."""
    text = TextProtocol(LIMIT)
    assert text.receive(b"x" * 500, 0.0) == ()
    assert text.receive(b"x y\nnext\n", 0.0) == [b"x" * 101 + b"\n", b"next\n"]
    assert text.receive(b"y" * 500, 0.0) == (b"y" * 101 + b"\n",)


def test_telnet() -> None:
    """Options are taken out, and Ctrl-C is answered."""
    text = TextProtocol(LIMIT)
    assert text.receive(b"\xff\xfd\x06\xff\xfb\x01hi\r\n", 0.0) == (b"hi\r\n",)
    assert text.to_write() == b"\xff\xfc\x06"
    assert text.to_write() == b""


def stun(user: bytes, random: bytes, more: int) -> bytes:
    """Return what a browser sends to a peer that a page names, over TCP (RFC 8489, RFC 4571), with this user name."""
    blanks = b"\0" * (-len(user) % 4)
    attributes = b"\x00\x06" + len(user).to_bytes(2) + user + blanks + b"\xc0\x57" + more.to_bytes(2) + b"\0" * more
    message = b"\x00\x01" + len(attributes).to_bytes(2) + b"\x21\x12\xa4\x42" + random + attributes
    return len(message).to_bytes(2) + message


@given(st.integers(1, 513), st.binary(min_size=12, max_size=12), st.integers(0, 255))
@example(266, b"\n" * 12, 0)
def test_what_webrtc_sends_is_no_text(size: int, random: bytes, more: int) -> None:
    """However long the user name is that a page chose, and if line feeds are around it: nothing of it is said.

    So it is if the browser took longer than the time in which connections say what they speak.
    """
    sent = stun(b"visit/example/org" * 31 if size > 500 else b"x" * size, random, more)
    assert recognise(sent[:1]) is recognise(sent) is Speech.STUN
    text = TextProtocol(LIMIT)
    said = text.receive(sent, 0.0)
    assert [*said, *(() if text.ended else text.end_of_input(0.0))] == []
    assert text.ended
    assert text.to_write() == b""


def test_tls_that_comes_late_is_no_text() -> None:
    """A page can make a browser open a connection first, and TLS in it when the connection counts as text."""
    text = TextProtocol(LIMIT)
    assert text.receive(b"\x16\x03\x01\x02\x00\nhello\n", 0.0) == ()
    assert text.to_write().startswith(b"error - this port does not speak TLS")
    assert text.ended


def test_records() -> None:
    """Whole records are one payload, and every payload begins as a record does."""
    records = RecordProtocol(LIMIT)
    assert records.receive(b'\x1e{"a": 1}\n\x1e{"b"', 0.0) == (b'\x1e{"a": 1}\n',)
    assert records.receive(b": 2}\nhello\n", 0.0) == (b'\x1e{"b": 2}\n\x1ehello\n',)
    assert records.receive(b"hello\n", 0.0) == (b"\x1ehello\n",)
    assert records.receive(b"\r\n\x1e\n\x1e1", 0.0) == ()
    assert records.end_of_input(0.0) == (b"\x1e1\n",)
    assert records.end_of_input(0.0) == ()
    assert records.frame([b"\x1e1\n", b"\x1e2\n"]) == b"\x1e1\n\x1e2\n"
    assert records.closing(None) == records.to_write() == b""
    assert b'"why": "restart"' in records.closing(Ending.RESTART)
    assert not records.ended


LINES = st.lists(st.sampled_from([b"\x1e", b'{"ping":1}', b'{"line":', b'"hi"}', b"\n", b"\r\n", b" ", b"x"])).map(
    b"".join
)


@given(LINES, st.sets(st.integers(0, 60)))
@example(b'\x1e{"ping":1}\n{"ping":1}\n\x1e{"line":\n"hi"}\n\n', {11, 12, 30})
def test_what_is_an_object_does_not_depend_on_how_the_bytes_came(sent: bytes, cuts: set[int]) -> None:
    """TCP cuts them anywhere: a program that forgets 0x1E, or breaks an object into lines, gets the same each time."""
    asked: list[list[object]] = []
    for ends in ([len(sent)], [*sorted(cut for cut in cuts if cut < len(sent)), len(sent)]):
        records, begin, payloads = RecordProtocol(LIMIT), 0, list[bytes]()
        for end in ends:
            payloads += records.receive(sent[begin:end], 0.0) if begin < end else ()
            begin = end
        payloads += records.end_of_input(0.0)
        asked.append([each for payload in payloads for each in decode(payload, LIMIT)])
    assert asked[0] == asked[1]


def test_refusals() -> None:
    """Whatever is not served gets one sentence, and the end."""
    assert refusal_of(Speech.HTTP, b"HEAD / HTTP/1.1").endswith(b"\r\n\r\n")
    assert b" 404 " in refusal_of(Speech.HTTP, b"GET / HTTP/1.1")
    assert refusal_of(Speech.IRC, b"NICK a").startswith(b"ERROR :")
    assert refusal_of(Speech.TLS, b"\x16").startswith(b"error - ")
    assert refusal_of(Speech.STUN, b"\x00") == b""
    refused = Refusal(b"no")
    assert refused.ended
    assert refused.carrier == ""
    assert refused.receive(b"hello\n", 0.0) == refused.end_of_input(0.0) == ()
    assert refused.to_write() == b"no"
    assert refused.to_write() == refused.closing(None) == b""
    assert refused.frame([b"x"]) == b"x"


def test_only_what_cannot_do_anything_reaches_a_page() -> None:
    """GET and HEAD are served; any other method is refused before."""
    asked: list[object] = []

    def serve(peer: object, here: object) -> TextProtocol:
        asked.append((peer, here))
        return TextProtocol(LIMIT)

    speakers = Speakers(LIMIT, serve)
    for line in (b"POST / HTTP/1.1\n", b"get / HTTP/1.1\n", b"GETX / HTTP/1.1\n", b"OPTIONS * HTTP/1.1\n"):
        assert b" 405 " in speakers.make(Speech.HTTP, line, PEER, HERE).to_write()
    assert not asked
    speakers.make(Speech.HTTP, b"GET / HTTP/1.1\n", PEER, HERE)
    speakers.make(Speech.HTTP, b"HEAD / HTTP/1.1\n", PEER, HERE)
    assert asked == [(PEER, HERE)] * 2
