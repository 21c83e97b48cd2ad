"""The head of a request: strict, bounded, and nothing that a foreign page sends is chat."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.websocket.browser import asked, connection, request
from udpchat.adapters.websocket.head import MAX_FIELDS, MAX_HEAD, BadRequestError, Head, cut_head, parse_head


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "PRI", "get", "GETX"]
)
def test_other_methods_are_refused_at_once(method: str) -> None:
    """As soon as a method is there that is not GET or HEAD, the connection ends, whatever follows."""
    web = connection()
    response = asked(f"{method} ".encode(), web=web)
    assert (response.status, response.fields["allow"], web.ended) == (405, "GET, HEAD", True)


def test_lines_in_a_body_are_never_chat() -> None:
    """A foreign page can post lines of chat, or a record of JSON; none of it reaches the room."""
    web = connection()
    body = b'\x1e{"line":"I was tricked"}\nI was tricked\n'
    post = b"POST /ws HTTP/1.1\r\nHost: 192.0.2.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    assert web.receive(post, 0.0) == ()
    assert (web.ended, web.carrier) == (True, "")


@pytest.mark.parametrize(
    "field", ["Content-Length: 5", "Transfer-Encoding: chunked", "Content-Length: 0\r\nContent-Length: 5"]
)
def test_a_body_is_refused(field: str) -> None:
    """A GET with a body is no request that a browser makes: its body could be taken for the next one."""
    web = connection()
    assert asked(request("/", field) + b"hello", web=web).status == 400
    assert web.ended


@pytest.mark.parametrize(
    "head",
    [
        b"GET  / HTTP/1.1",
        b"GET / HTTP/2.0",
        b"GET /\x00 HTTP/1.1\r\n folded",
        b"GET / HTTP/1.1\r\nHost : x",
        b"GET / HTTP/1.1\r\n: x",
        b"GET / HTTP/1.1\r\nA: x\x00",
        b"GET / HTTP/1.1\r\nA: x\ry",
        b"GET / HTTP/1.1\r\nno colon",
    ],
)
def test_what_cannot_be_read_is_refused(head: bytes) -> None:
    """A head that is not of RFC 9112 ends the connection."""
    web = connection()
    assert asked(head + b"\r\n\r\n", web=web).status == 400
    assert web.ended


def test_a_long_head_is_refused_before_it_ends() -> None:
    """A head that does not end is held up to its bound, and no further."""
    web = connection()
    web.receive(b"GET / HTTP/1.1\r\nA: ", 0.0)
    assert asked(b"x" * MAX_HEAD, web=web).status == 431
    assert web.ended


def test_many_fields_are_refused() -> None:
    """The number of fields is bounded."""
    fields = [f"F{number}: x" for number in range(MAX_FIELDS)]
    assert asked(request("/", *fields)).status == 431


def test_a_slow_head_is_the_same() -> None:
    """A head that comes byte by byte is read as one that comes at once."""
    whole = request("/style.css")
    assert asked(*(whole[at : at + 1] for at in range(len(whole)))) == asked(whole)


@given(st.binary(max_size=60))
def test_no_bytes_raise(data: bytes) -> None:
    """Whatever comes, it is a request or it is refused."""
    with suppress(BadRequestError):
        cut = cut_head(data)
        if cut:
            assert isinstance(parse_head(cut[0]), Head)
    connection().receive(data or b"x", 0.0)
