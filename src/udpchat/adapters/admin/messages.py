"""What goes over the admin socket: one request and one answer, each a line of JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import attrs


class AdminError(Exception):
    """What is wrong with an admin socket, in one sentence for the user."""


@attrs.frozen
class Request:
    """What is asked for: a word, such as `kick` or `who`, what follows it, and a room ("" is the lobby)."""

    word: str
    rest: str = ""
    room: str = ""


@attrs.frozen
class Answer:
    """The lines of an answer; `done` tells whether what was asked for was done. `data` is the same for programs."""

    lines: Sequence[str]
    done: bool = True
    data: Any = None


def encode(message: Request | Answer) -> bytes:
    """Return a message as a line."""
    return json.dumps(attrs.asdict(message)).encode() + b"\n"


def request(line: bytes) -> Request:
    """Return the request in a line; raise `AdminError`."""
    try:
        fields = json.loads(line)
        found = Request(**fields)
    except (ValueError, TypeError, RecursionError) as exc:
        raise AdminError("this is no request of udpchat admin") from exc
    if not all(isinstance(value, str) for value in attrs.astuple(found)):
        raise AdminError("this is no request of udpchat admin")
    return found


def answer(line: bytes) -> Answer:
    """Return the answer in a line; raise `AdminError`."""
    try:
        fields = json.loads(line)
        return Answer(tuple(map(str, fields["lines"])), bool(fields["done"]), fields["data"])
    except (ValueError, TypeError, KeyError, RecursionError) as exc:
        raise AdminError("the server ended before it answered") from exc
