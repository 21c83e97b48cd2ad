"""What the listener answers to what it does not serve: one sentence, and the end."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from udpchat.adapters.tcp.protocols.protocol import Ending
from udpchat.adapters.tcp.protocols.sniffing import Speech

_SAFE = (b"GET", b"HEAD")  # methods by which nothing is done (RFC 9110 section 9.2.1)
_NOT_ALLOWED = "405 Method Not Allowed", "This port takes no such requests.\n"
_NOT_FOUND = "404 Not Found", "There is no page here, join with: nc HOST PORT\n"


def is_safe(request_line: bytes) -> bool:
    """Return whether a request has a method by which a foreign page can do nothing."""
    return request_line.split(maxsplit=1)[0] in _SAFE


def refusal_of(speech: Speech, first: bytes) -> bytes:
    """Return what to answer to a connection that speaks this and begins with this line."""
    match speech:
        case Speech.HTTP:
            return _response(first)
        case Speech.IRC:
            return f"ERROR :{Ending.NO_IRC.sentence}\r\n".encode()
        case Speech.TLS:
            return f"{Ending.NO_TLS.line}\n".encode()
        case _:
            return b""


def _response(request_line: bytes) -> bytes:
    """Return the response to a request (RFC 9112); that to HEAD has no body."""
    safe = is_safe(request_line)
    status, body = _NOT_FOUND if safe else _NOT_ALLOWED
    fields = (
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        *(() if safe else ("Allow: GET, HEAD",)),
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    )
    head = "\r\n".join((f"HTTP/1.1 {status}", *fields, "", ""))
    return (head if request_line.startswith(b"HEAD") else head + body).encode()


@attrs.define(eq=False)
class Refusal:
    """A `StreamProtocol` that writes its answer, ends, and takes nothing."""

    answer: bytes

    carrier = ""
    peer = None
    ended = True

    def receive(self, data: bytes, now: float) -> Sequence[bytes]:  # noqa: ARG002 - nothing is taken
        """Take nothing."""
        return ()

    def end_of_input(self, now: float) -> Sequence[bytes]:  # noqa: ARG002 - nothing is taken
        """Take nothing."""
        return ()

    def tick(self, now: float) -> None:
        """Do nothing."""

    def to_write(self) -> bytes:
        """Return the answer once."""
        answer, self.answer = self.answer, b""
        return answer

    def frame(self, datagrams: Sequence[bytes]) -> bytes:
        """Return the datagrams as they are; none is for this connection."""
        return b"".join(datagrams)

    def closing(self, why: Ending | None) -> bytes:  # noqa: ARG002 - it says what it says
        """Return nothing more."""
        return b""
