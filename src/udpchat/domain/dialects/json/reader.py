"""The bytes of one object -> JSON values, whatever the bytes are.

Strangers send them, so all that could cost much is looked at before the parser runs: size, depth, and the digits of
numbers. What RFC 8259 leaves open, and two readers could take for two things, is refused: names that come twice, and
numbers that are none.
"""

from __future__ import annotations

import json
import re
from typing import Any

MAX_DEPTH = 4  # of objects and lists in each other; what is known has 3, and unknown keys may have one more
MAX_DIGITS = 16  # of a whole number, as many as 2**53 has; Python takes long for thousands, and raises for more

# A string that does not end is taken to the end: to look for the ends of all strings from each quotation mark would
# take time in the square of the size.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(r"[][{}]")


class NotReadable(ValueError):  # noqa: N818 - the peer made the error, not we
    """Bytes that are no JSON object, or not one that is read here."""


def read_object(text: bytes) -> dict[str, Any]:
    """Return the object that some bytes are. Raise `NotReadable` if they are none. Texts may have lone surrogates."""
    try:
        decoded = text.decode()
        if _depth(decoded) > MAX_DEPTH:
            raise NotReadable("too deep")
        value = json.loads(decoded, parse_constant=_refuse, parse_int=_whole, object_pairs_hook=_object)
    except ValueError as exc:  # also of the codec and the parser
        raise NotReadable(str(exc)) from exc
    if not isinstance(value, dict):
        raise NotReadable("no object")
    return value


def _depth(text: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _refuse(name: str) -> None:
    raise NotReadable(f"{name} is no number")


def _whole(digits: str) -> int:
    if len(digits.removeprefix("-")) > MAX_DIGITS:
        raise NotReadable("too many digits")
    return int(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotReadable("a name comes twice")
    return found
