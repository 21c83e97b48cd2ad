"""WebSockets: messages and records, bounds, control frames, ends."""

from __future__ import annotations

import json
import struct
import zlib

import pytest
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from tests.adapters.websocket.browser import HOST, MAX_LINE, Browser, asked, connection, request
from udpchat.adapters.tcp.protocols.protocol import Ending
from udpchat.adapters.tcp.protocols.records import RECORD_OVERHEAD
from udpchat.adapters.websocket.socket import GONE_SECONDS, MAX_CONTROL, MAX_PARTS, PING_SECONDS


@pytest.fixture
def browser() -> Browser:
    """Give an open WebSocket."""
    made = Browser()
    made.open(Origin=f"http://{HOST}")
    return made


def masked(opcode: int, data: bytes, *, fin: bool = True, rsv: int = 0) -> bytes:
    """Return a frame as a client sends it, with any bits that one likes."""
    size = len(data)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size)
    return bytes([(0x80 if fin else 0) | rsv | opcode]) + length + bytes(4) + data


def test_a_message_is_a_record(browser: Browser) -> None:
    """A text message comes to the hub as a record of RFC 7464, and a connection has the carrier's name then."""
    assert browser.web.carrier == "websocket"
    assert browser.says(b'{"line": "hi"}') == [b'\x1e{"line": "hi"}\n']


def test_messages_that_come_together_stay_apart(browser: Browser) -> None:
    """Several messages are as many records in one payload, in order."""
    browser.raw(masked(1, b"{}") + masked(1, b"[]"))
    assert browser.payloads == [b"\x1e{}\n\x1e[]\n"]


def test_a_message_is_one_record_whatever_is_in_it(browser: Browser) -> None:
    """Nobody hides a second record, or a line, in a message."""
    (payload,) = browser.says(b'{"line":\n"a"}\x1e{"line":"b"}\r\nc')
    assert (payload[:1], payload[1:].count(b"\x1e"), payload.count(b"\n")) == (b"\x1e", 0, 1)
    assert browser.says(b" \n ") == []


def test_records_are_messages(browser: Browser) -> None:
    """What the hub sends, several records in a datagram, is a message for each."""
    frames = browser.web.frame([b'\x1e{"a":1}\n\x1e{"b":2}\n', b'\x1e{"c":"\xc3\xa9"}\n'])
    browser.client.receive_data(frames)
    texts = [event.data for event in browser.client.events_received() if isinstance(event, Frame)]
    assert [json.loads(bytes(text)) for text in texts] == [{"a": 1}, {"b": 2}, {"c": "é"}]


def test_all_connections_get_the_same_bytes() -> None:
    """The carrier frames what it sends once for all."""
    assert connection().frame([b"\x1e{}\n"]) == Browser().web.frame([b"\x1e{}\n"]) == b"\x81\x02{}"


def test_a_head_and_frames_may_come_together() -> None:
    """What follows the request is frames, also in the same bytes."""
    browser = Browser()
    browser.client.send_request(browser.client.connect())
    (head,) = browser.client.data_to_send()
    browser.raw(head + masked(1, b"{}"))
    assert browser.payloads == [b"\x1e{}\n"]


def test_a_socket_needs_an_upgrade() -> None:
    """Who opens /ws as a page reads where the page is; HEAD opens nothing."""
    plain = asked(request("/ws"))
    assert (plain.status, plain.fields["upgrade"]) == (426, "websocket")
    assert asked(request("/ws", method="HEAD")).status == 405
    upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13")
    assert asked(request("/ws", *upgrade)).status == 400
    assert asked(request("/ws", *upgrade, version="1.0")).status == 505


def test_a_program_needs_no_origin() -> None:
    """A browser always says where its page is from; a program says nothing, and may come in."""
    browser = Browser()
    assert browser.open() == 101


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([masked(1, b"x" * (MAX_LINE + RECORD_OVERHEAD + 1))], 1009),
        ([masked(1, b"x" * 5000, fin=False), masked(0, b"x" * 5000)], 1009),
        ([masked(1, b"", fin=False), *[masked(0, b"", fin=False)] * MAX_PARTS], 1008),
        ([masked(2, b"x")], 1003),
        ([masked(1, b"\xff")], 1007),
        ([masked(1, b"x", rsv=0x40)], 1002),  # compressed, which nobody has agreed on
        ([masked(1, zlib.compress(bytes(50_000)), rsv=0x40)], 1002),
        ([masked(3, b"")], 1002),
        ([masked(0, b"x")], 1002),
        ([masked(1, b"x", fin=False), masked(1, b"x")], 1002),
        ([b"\x81\x01x"], 1002),  # not masked
        ([b"\x81\xff\x7f" + b"\xff" * 7 + bytes(4)], 1009),
        ([masked(9, b"x")] * (MAX_CONTROL + 1), 1008),
        ([masked(10, b"x")] * (MAX_CONTROL + 1), 1008),
        ([masked(9, b"x" * 126)], 1002),
        ([masked(9, b"x", fin=False)], 1002),
        ([masked(8, b"\x03")], 1002),
    ],
)
def test_what_no_browser_sends_ends_the_socket(browser: Browser, frames: list[bytes], code: int) -> None:
    """Frames that are too large, too many, or not of RFC 6455 end the connection; nothing of them is said."""
    for frame in frames:
        browser.raw(frame)
    assert (browser.code, browser.web.ended, browser.payloads) == (code, True, [])


def test_nothing_is_compressed() -> None:
    """A client that offers compression gets none, so a few bytes are never many."""
    client = ClientProtocol(parse_uri(f"ws://{HOST}/ws"), extensions=[ClientPerMessageDeflateFactory()])
    browser = Browser(client=client)
    browser.open()
    assert client.extensions == []


def test_the_largest_message_comes_through(browser: Browser) -> None:
    """A line of the longest kind fits, in several parts too."""
    text = b"x" * (MAX_LINE + RECORD_OVERHEAD)
    assert browser.says(text) == [b"\x1e" + text + b"\n"]
    browser.raw(masked(1, text[:4000], fin=False) + masked(9, b"") + masked(0, text[4000:]))
    assert browser.payloads == [b"\x1e" + text + b"\n"]


def test_pings_are_answered(browser: Browser) -> None:
    """A ping gets its pong; some each second do no harm."""
    for second in range(3):
        browser.web.tick(float(second))
        browser.raw(masked(9, b"hello") * MAX_CONTROL)
    assert {(frame.opcode, bytes(frame.data)) for frame in browser.got} == {(Opcode.PONG, b"hello")}
    assert not browser.web.ended


def test_a_silent_client_is_asked_and_then_ended(browser: Browser) -> None:
    """Behind a proxy only a ping shows whether the client is there."""
    browser.web.tick(PING_SECONDS - 1)
    browser.read()
    assert browser.got == []
    browser.web.tick(PING_SECONDS)
    browser.web.tick(PING_SECONDS + 1)
    browser.read()
    assert [frame.opcode for frame in browser.got] == [Opcode.PING]
    browser.exchange(PING_SECONDS + 1)  # the pong
    browser.web.tick(GONE_SECONDS)
    browser.read()
    assert not browser.web.ended
    browser.web.tick(PING_SECONDS + 1 + GONE_SECONDS)
    browser.read()
    assert (browser.code, browser.web.ended) == (1001, True)


@pytest.mark.parametrize(
    ("why", "code"),
    [(Ending.RESTART, 1012), (Ending.TOO_MANY, 1013), (Ending.TOO_SLOW, 1008), (None, 1000)],
)
def test_the_server_says_why_it_ends(browser: Browser, why: Ending | None, code: int) -> None:
    """A `closing` object comes, and then a Close frame; if the client knows why, the frame alone."""
    browser.client.receive_data(browser.web.closing(why))
    texts = [
        json.loads(bytes(each.data))
        for each in browser.client.events_received()
        if isinstance(each, Frame) and each.opcode is Opcode.TEXT
    ]
    closing = [{"event": "closing", "why": why.value, "line": f"error - {why.sentence}"}] if why else []
    assert texts == closing
    assert browser.code == code


def test_a_client_may_end_it(browser: Browser) -> None:
    """A Close frame is answered, and nothing more is received or written."""
    browser.client.send_close(1000)
    browser.exchange()
    assert (browser.code, browser.web.ended) == (1000, True)
    assert browser.web.closing(Ending.RESTART) == b""


def test_the_end_of_the_stream_is_the_end(browser: Browser) -> None:
    """What was not ended is nothing."""
    browser.raw(masked(1, b"x", fin=False))
    assert browser.web.end_of_input(0.0) == ()
    assert browser.web.ended
    half = connection()
    half.receive(b"GET / HT", 0.0)
    assert half.end_of_input(0.0) == ()
    assert (half.ended, half.to_write()) == (True, b"")


def test_a_request_that_takes_too_long_reads_why() -> None:
    """One who is in the middle of a request gets a status; one who has said nothing gets nothing."""
    web = connection()
    web.tick(0.0)
    assert web.closing(Ending.TOO_MANY) == b""
    web.receive(b"GET / HT", 0.0)
    assert web.closing(None) == b""
    assert web.closing(Ending.NO_JOIN).startswith(b"HTTP/1.1 408 ")
    assert web.closing(Ending.TOO_MANY).startswith(b"HTTP/1.1 503 ")


def test_a_flood_of_small_messages_is_one_payload(browser: Browser) -> None:
    """Many messages at once cost a payload, and the gate of the hub counts their lines."""
    browser.raw(masked(1, b"{}") * 1000)
    assert browser.payloads == [b"\x1e{}\n" * 1000]
