"""Values of log lines in words and numbers: nothing in the log looks like Python."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

import attrs
import structlog

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BARE = re.compile(r"""[^\s"'=\\]+""")  # a text that needs no quotation marks on the console
_NO_KEY = re.compile(r"[^\w.-]")  # what has no place in a key on the console


def plain(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Turn all values into what JSON has, as a structlog processor."""
    return {key: plain_value(value) for key, value in event.items()}


def plain_value(value: object) -> Any:
    """Return a value as texts, numbers, booleans and None, in lists and in dictionaries.

    Bytes are written with escapes for all but ASCII. A value of our own that has no text becomes its name, with its
    fields if it has any: `{"line_too_long": {"size": 600, "limit": 50}}`.
    """
    match value:
        case None | bool() | int() | float() | str() if not isinstance(value, Enum):
            return value
        case Enum():
            return plain_value(value.value)
        case Mapping():
            return {str(plain_value(key)): plain_value(each) for key, each in value.items()}
        case list() | tuple():
            return [plain_value(each) for each in value]
        case set() | frozenset():
            return sorted(map(str, map(plain_value, value)))
        case KeyError(args=[key]):  # its text is that of Python
            return plain_value(key)
        case BaseException():
            return str(value) or _name(value)
        case _ if type(value) is bytes:
            return value.decode("latin-1").encode("unicode_escape").decode("ascii")
        case _ if type(value).__str__ is not object.__str__:  # an address, for example, which may also be bytes
            return str(value)
        case _:
            fields = _fields(value)
            return {_name(value): fields} if fields else _name(value)


def _name(value: object) -> str:
    return _CAPITAL.sub("_", type(value).__name__).lower()


def _fields(value: object) -> dict[str, Any]:
    kind: Any = type(value)
    if not attrs.has(kind):
        return {}
    fields = {each.name: getattr(value, each.name) for each in attrs.fields(kind) if each.repr}
    return {name: _fields(each) or plain_value(each) for name, each in fields.items()}


def flat(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain values without dictionaries in them: `{"dropped": {"bug": 1}}` becomes `{"dropped.bug": 1}`."""
    flattened: dict[str, Any] = {}
    for key, value in event.items():
        if isinstance(value, dict):
            flattened |= flat({f"{key}.{name}": each for name, each in value.items()})
        else:
            flattened[_NO_KEY.sub("_", key)] = value
    return flattened


def console_value(value: Any) -> str:
    """Return a plain value for `key=value`: without blanks, or as JSON writes a text; a list has commas."""
    if isinstance(value, list):
        return console_value(",".join(map(_text, value)))
    text = _text(value)
    if _BARE.fullmatch(text) and text.isprintable():
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _text(value: Any) -> str:
    """Return a plain value as text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_COLOURS = {"debug": "\x1b[32m", "info": "\x1b[32m", "warning": "\x1b[33m", "error": "\x1b[31m"}
_BOLD, _DIM, _CYAN, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[36m", "\x1b[0m"
_WIDTH = 30  # columns of most events, so that the pairs stand below each other


@attrs.frozen
class Console:
    """A structlog renderer for people: time, level and event, then `key=value` for each plain value.

    The renderers of structlog write lists as Python does, and characters that control a terminal as they are.
    """

    colours: bool

    def __call__(self, _: object, level: str, event: structlog.typing.EventDict) -> str:
        """Return the line."""
        values = flat(event)
        time, words = values.pop("timestamp"), values.pop("event")
        values.pop("level")
        pairs = [f"{self._in(_CYAN, key)}={console_value(values[key])}" for key in values]
        head = f"{self._in(_DIM, time)} {self._in(_COLOURS[level], f'{level:7}')}"
        return " ".join([head, self._in(_BOLD, f"{words:{_WIDTH}}" if pairs else words), *pairs])

    def _in(self, colour: str, words: str) -> str:
        return f"{colour}{words}{_PLAIN}" if self.colours else words
