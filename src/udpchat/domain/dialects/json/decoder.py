"""The bytes of a datagram -> what a program asks.

Framing is that of RFC 7464: each object stands behind 0x1E, and LF may follow. Texts are cleaned as lines of text are,
so no line of a program can do what none of a person can.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import attrs

from udpchat.domain.datagram import RECORD_SEPARATOR
from udpchat.domain.dialects.json.reader import NotReadable, read_object
from udpchat.domain.rooms.programs.answers import UNKNOWN_MESSAGE
from udpchat.domain.rooms.requests import MAX_ID, Malformed, Numbered, Ping, Places, Since
from udpchat.domain.text.clean import clean
from udpchat.domain.text.line import Line
from udpchat.domain.text.lines import clean_text
from udpchat.domain.text.nickname import MAX_WORD

MAX_FRAME = 1000  # bytes of an object besides those of a line: names, numbers, and what JSON writes with two bytes
MAX_PLACES = 100  # rooms of a `hello` or `since`; a client is in ten at most
MAX_SECRET = 100  # characters of a session, or of the name of a numbering; a longer one is none
MALFORMED, UNKNOWN = Malformed("malformed"), Malformed(UNKNOWN_MESSAGE)

_BLANK = b" \t\r\n"  # RFC 8259, section 2

T = TypeVar("T")


@attrs.frozen
class SpokenHello:
    """A `hello` as it was sent. Only the gate and the intake may see its secrets.

    `session` is that of an earlier welcome, or "". `enter` is what a person types behind `/enter`, or "".
    """

    nick: str = ""
    session: str = attrs.field(default="", repr=False)
    places: Places = attrs.field(factory=Places)
    enter: str = attrs.field(default="", repr=False)


Spoken = SpokenHello | Since | Ping | Numbered | Malformed
"""What a program asks, before the intake took secrets out."""


def records(payload: bytes) -> list[bytes]:
    """Return what stands behind each separator of a datagram, without blanks around it. What is blank is left out."""
    texts = (text.strip(_BLANK) for text in payload.split(RECORD_SEPARATOR))
    return [text for text in texts if text]


def decode(payload: bytes, max_line: int) -> list[Spoken]:
    """Return what each object of a datagram asks, in order. What cannot be read is `Malformed`, and so is nothing."""
    return [decode_one(text, max_line) for text in records(payload)] or [MALFORMED]


def decode_one(text: bytes, max_line: int) -> Spoken:
    """Return what one object asks. Lines have at most `max_line` bytes."""
    if len(text) > max_line + MAX_FRAME:
        return MALFORMED
    try:
        found = read_object(text)
        kinds = [kind for kind in _KINDS if kind in found]
        if not kinds:
            return UNKNOWN
        return _KINDS[kinds[0]](found, max_line) if len(kinds) == 1 else MALFORMED
    except NotReadable:
        return MALFORMED


def _hello(found: dict[str, Any], _: int) -> SpokenHello:
    hello = _value(found, "hello", dict)
    _number(hello, "v", 1)
    nick, session = _text(hello, "nick")[: MAX_WORD + 1], _text(hello, "session")
    places = _places(_optional(hello, "rooms", dict, {}), hello)
    return SpokenHello(nick, session if len(session) <= MAX_SECRET else "", places, _text(hello, "enter"))


def _line(found: dict[str, Any], max_line: int) -> Numbered:
    line: Line = clean_text(_value(found, "line", str), max_line)
    number = _number(found, "id", 1) if "id" in found else None
    return Numbered(line, number, _text(found, "room")[: MAX_WORD + 1])


def _since(found: dict[str, Any], _: int) -> Since:
    return Since(_places(_value(found, "since", dict), found))


def _ping(found: dict[str, Any], _: int) -> Ping:
    return Ping(_number(found, "ping", -MAX_ID))


_KINDS: dict[str, Callable[[dict[str, Any], int], Spoken]] = {
    "hello": _hello,
    "line": _line,
    "since": _since,
    "ping": _ping,
}


def _places(rooms: dict[str, Any], beside: dict[str, Any]) -> Places:
    """Return places: the rooms with their numbers, and what stands beside them."""
    if len(rooms) > MAX_PLACES:
        raise NotReadable("too many rooms")
    numbers = tuple((clean(name)[: MAX_WORD + 1], _number(rooms, name, 0)) for name in rooms)
    own = _number(beside, "own", 0) if "own" in beside else None
    log = _text(beside, "log")
    return Places(numbers, own, log if len(log) <= MAX_SECRET else "")


def _value(found: dict[str, Any], name: str, kind: type[T]) -> T:
    value = found[name]
    if not isinstance(value, kind):
        raise NotReadable(f"{name} is of another kind")
    return value


def _optional(found: dict[str, Any], name: str, kind: type[T], default: T) -> T:
    """Return a value, or the default if it is not there or null."""
    return default if found.get(name) is None else _value(found, name, kind)


def _text(found: dict[str, Any], name: str) -> str:
    return clean(_optional(found, name, str, ""))


def _number(found: dict[str, Any], name: str, least: int) -> int:
    value = found.get(name)
    if value.__class__ is not int or not least <= value <= MAX_ID:  # true and false are numbers in Python
        raise NotReadable(f"{name} is no such number")
    return value
