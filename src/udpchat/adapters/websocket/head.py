"""The head of an HTTP request, read strictly and bounded (RFC 9112).

A body is not read: only GET and HEAD are served, and a request that announces a body is refused. So whatever a foreign
page lets a browser send behind a head is never looked at.
"""

from __future__ import annotations

import re

import attrs

MAX_HEAD = 8192  # bytes; a browser sends 500 to 1,000, a proxy and cookies of others on the same host add to that
MAX_FIELDS = 64  # a browser sends 10 to 20

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rf"({_WORD}) (\S+) HTTP/1\.([01])")
_FIELD = re.compile(rf"({_WORD}):([\t\x20-\x7e\x80-\xff]*)")  # blanks around the value are cut later
_SERVED = ("GET", "HEAD")
_ENDS = (b"\r\n\r\n", b"\n\n")


@attrs.frozen
class BadRequestError(Exception):
    """A request that is not served: the status, and a sentence for people."""

    status: int
    sentence: str


@attrs.frozen
class Head:
    """A request. The names of `fields` are in lower case."""

    method: str
    target: str
    minor: int  # of HTTP/1
    fields: tuple[tuple[str, str], ...]

    @property
    def path(self) -> str:
        """The path of the target, without its query."""
        return self.target.partition("?")[0]

    @property
    def persists(self) -> bool:
        """Whether the client may send another request over the same connection."""
        options = ",".join(self.all("connection")).lower()
        return self.minor == 1 and "close" not in options

    def all(self, name: str) -> list[str]:
        """Return the values of a field, in order."""
        return [value for each, value in self.fields if each == name]

    def one(self, name: str) -> str | None:
        """Return the value of a field, or None. Raise `BadRequestError` if it is there twice."""
        values = self.all(name)
        if len(values) > 1:
            raise BadRequestError(400, f"this request has more than one {name}")
        return values[0] if values else None


def check_method(begun: bytes) -> None:
    """Raise `BadRequestError` if what has come of a request shows that it is not served.

    Everything but GET and HEAD is refused as soon as its method is there, whatever follows.
    """
    method, found, _ = begun.partition(b" ")
    if (found or len(method) > max(map(len, _SERVED))) and method.decode("latin-1") not in _SERVED:
        raise BadRequestError(405, "only GET and HEAD are served here")


def cut_head(received: bytes) -> tuple[bytes, bytes] | None:
    """Return a whole head and what follows it, or None if its end has not come. Raise `BadRequestError` if it is long.

    A line may end with a line feed alone (RFC 9112 section 2.2).
    """
    ends = [(at, mark) for mark in _ENDS if (at := received.find(mark, 0, MAX_HEAD)) >= 0]
    if not ends:
        if len(received) >= MAX_HEAD:
            raise BadRequestError(431, f"the head of a request has at most {MAX_HEAD} bytes")
        return None
    at, mark = min(ends)
    return received[:at], received[at + len(mark) :]


def parse_head(head: bytes) -> Head:
    """Read a head without the blank line at its end. Raise `BadRequestError`."""
    first, *rest = head.decode("latin-1").replace("\r\n", "\n").split("\n")
    line = _REQUEST_LINE.fullmatch(first)
    if line is None:
        raise BadRequestError(400, "this is no request of HTTP/1.1")
    if len(rest) > MAX_FIELDS:
        raise BadRequestError(431, f"the head of a request has at most {MAX_FIELDS} fields")
    fields = [_FIELD.fullmatch(each) for each in rest]
    if not all(fields):
        raise BadRequestError(400, "a field of this request cannot be read")
    method, target, minor = line.groups()
    parsed = Head(method, target, int(minor), tuple((each[1].lower(), each[2].strip(" \t")) for each in fields if each))
    if parsed.all("transfer-encoding") or parsed.one("content-length") not in (None, "0"):
        raise BadRequestError(400, "a request has no body here")
    return parsed
