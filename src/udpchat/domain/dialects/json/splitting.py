"""Objects that do not fit into a datagram -> several.

The list of an object, or else its longest text, and the lines of its `line` go on in the next object, which has the
same other fields. Objects that belong together are counted by `part`, from 1, and all but the last have `"more": true`.
Lists and texts are joined as they are, lines with a line feed in between. An entry of a list that does not fit alone is
split in the same way: entries that belong together follow each other, and all but the last have `"more": true`.

Only in the smallest datagrams, there may be no room besides what is split. Then objects in the object are left out, and
long names are cut.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from udpchat.domain.dialects.json.facts import Fields
from udpchat.domain.text.clean import clean
from udpchat.domain.text.wrapping import wrap

MIN_TEXT = 64  # bytes that an object has for a text that is split, at least
MIN_LIST = 128  # the same for a list, whose entries are objects
MIN_ENTRY = 48  # the same for what is split of an entry: a long nickname and what else there is of a member
CUT = "..."

_MORE = ',"more":true'
_PART = f',"part":99999{_MORE}'  # what an object that is split has besides, at most
_BETWEEN = 3  # bytes of a comma, and of the quotation marks or braces that `size_of` does not count
_TEXTS = frozenset(("text", "why", "topic", "does"))  # which people write: all others are short
_WHOLE = frozenset(("event", "code", "for", "at", "until", "session", "token"))  # of no use if they are cut
_END = object()

to_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def size_of(value: Any) -> int:
    """Return the bytes of a value, without the braces if it is an object."""
    return len(to_json(value).encode()) - 2 * isinstance(value, dict)


def parts(fields: Fields, lines_of: Callable[[int], Iterator[str]], room: int) -> Iterator[Fields]:
    """Yield the objects into which one is split, each of at most `room` bytes, without its braces.

    `lines_of` returns the lines, of at most so many bytes each if they can be split.
    """
    name = _growing(fields)
    growth = fields.get(name, "")
    fields = squeezed(fields, room - len(_PART) - _least(growth))
    fixed = {**fields, name: _empty(growth)} if name else fields
    left = room - len(_PART) - size_of({**fixed, "line": ""})
    items = _items(growth, left // 2 if isinstance(growth, str) else left)
    lines = (piece for line in lines_of(left // 2) for piece in _wrapped(line, left))
    for number, (taken, said, more) in enumerate(_filled(items, lines, left), 1):
        part = {**fixed, name: _joined(growth, taken)} if name else dict(fixed)
        if said:
            part["line"] = "\n".join(said)
        yield part | ({"part": number} if more or number > 1 else {}) | ({"more": True} if more else {})


def _filled(items: Iterator[Any], lines: Iterator[str], room: int) -> Iterator[tuple[list[Any], list[str], bool]]:
    """Yield as many items and lines as fit into `room` bytes, as often as there are some, and whether there are more.

    Both go on side by side: items get half of the room while there are lines. Nothing at all is yielded once.
    """
    item, line, more = next(items, _END), next(lines, _END), True
    while more:
        taken: list[Any] = []
        said: list[str] = []
        left = room
        share = room if line is _END else room // 2
        while item is not _END and ((size := size_of(item) + _BETWEEN) <= share or not taken):
            taken.append(item)
            left, share = left - size, share - size
            item = next(items, _END)
        while isinstance(line, str) and ((size := size_of(line)) <= left or not (taken or said)):
            said.append(line)
            left -= size
            line = next(lines, _END)
        more = item is not _END or line is not _END
        yield taken, said, more


def _items(growth: str | Iterable[Any], room: int) -> Iterator[Any]:
    """Yield what a list or a text is made of, in pieces of at most `room` bytes."""
    if isinstance(growth, str):
        return _wrapped(growth, room - _BETWEEN) if growth else iter(())
    return (piece for each in growth for piece in _entries(cleaned(each), room - _BETWEEN))


def _entries(entry: Any, room: int) -> Iterator[Any]:
    """Yield an entry of a list, or the entries into which it is split if it has more than `room` bytes."""
    name = _growing(entry) if isinstance(entry, dict) else ""
    if name and not isinstance(entry[name], str | list):
        entry[name] = [*entry[name]]
    if not isinstance(entry, dict) or size_of(entry) <= room:
        yield entry
        return
    if not name or size_of(entry[name]) < MIN_ENTRY:
        yield squeezed(entry, room)
        return
    growth = entry[name]
    fixed = squeezed({**entry, name: _empty(growth)}, room - len(_MORE) - MIN_ENTRY)
    left = room - len(_MORE) - size_of(fixed)
    for taken, _, more in _filled(_items(growth, left), iter(()), left):
        yield fixed | {name: _joined(growth, taken)} | ({"more": True} if more else {})


def _growing(fields: Fields) -> str:
    """Return the name of the field that is split: a list, else the longest text, or "" if there is neither."""
    texts: dict[str, int] = {}
    for name, value in fields.items():
        if isinstance(value, str):
            if name in _TEXTS:
                texts[name] = len(value)
        elif isinstance(value, Iterable) and not isinstance(value, dict):
            return name
    return max(texts, key=texts.__getitem__, default="")


def _empty(growth: str | Iterable[Any]) -> str | list[Any]:
    return "" if isinstance(growth, str) else []


def _least(growth: str | Iterable[Any]) -> int:
    return MIN_TEXT if isinstance(growth, str) else MIN_LIST


def _joined(growth: str | Iterable[Any], taken: list[Any]) -> str | list[Any]:
    return "".join(taken) if isinstance(growth, str) else taken


def _wrapped(text: str, room: int) -> Iterator[str]:
    """Yield the pieces of a text, each of at most `room` bytes in JSON."""
    if size_of(text) <= room:
        return iter((text,))
    # Quotation marks, backslashes and line feeds have two bytes in JSON, and a text has two more around it.
    return wrap(text, max(4, (room - 2) // 2 if any(map(text.__contains__, '"\\\n')) else room - 2))


def squeezed(fields: Fields, room: int) -> Fields:
    """Return an object that has at most `room` bytes without the field that can be split, if that is possible.

    Objects in it are left out, then the longest texts are cut.
    """
    name = _growing(fields)
    kept, result = ({**fields, name: ""} if name else dict(fields)), dict(fields)
    if size_of(kept) > room:
        kept, result = ({key: each for key, each in of.items() if not isinstance(each, dict)} for of in (kept, result))
    while (excess := size_of(kept) - room) > 0:
        texts = {each: len(value) for each, value in kept.items() if isinstance(value, str) and each not in _WHOLE}
        longest = max(texts, key=texts.__getitem__, default="")
        text = kept.get(longest, "").removesuffix(CUT)
        if not text:
            break
        shorter = next(wrap(text, max(4, len(text.encode()) - excess - len(CUT))))
        kept[longest] = result[longest] = (shorter if len(shorter) < len(text) else text[:-1]) + CUT
    return result


def cleaned(value: Any) -> Any:
    """Return a value with all texts in it clean. What is not made yet is cleaned when it is made."""
    if isinstance(value, str):
        return clean(value) if "\n" not in value else "\n".join(map(clean, value.split("\n")))
    if isinstance(value, dict):
        return {name: cleaned(each) for name, each in value.items()}
    return [cleaned(each) for each in value] if isinstance(value, list) else value
