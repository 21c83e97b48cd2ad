"""Records, read back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any


def read(records: Iterable[bytes]) -> list[dict[str, Any]]:
    """Return the objects of records, each of which is framed as RFC 7464 says and has no raw control character."""
    objects = []
    for record in records:
        assert record.startswith(b"\x1e")
        assert record.endswith(b"\n")
        text = record[1:-1].decode()
        assert not [
            each for each in text if ord(each) < 0x20 or 0x7F <= ord(each) < 0xA0 or 0xD800 <= ord(each) < 0xE000
        ]
        objects.append(json.loads(text))
    return objects


def joined(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the object that was split into these."""
    whole: dict[str, Any] = {}
    for number, each in enumerate(objects, 1):
        assert each.pop("more", False) == (number < len(objects))
        assert each.pop("part", 1) == number
        for name, value in each.items():
            if name == "line" and name in whole:
                whole[name] = f"{whole[name]}\n{value}"
            elif isinstance(value, list) and name in whole:
                whole[name] = _entries([*whole[name], *value])
            elif name in {"text", "why", "topic"} and name in whole:
                whole[name] += value
            else:
                assert whole.get(name, value) == value
                whole[name] = value
    return whole


def _entries(entries: list[Any]) -> list[Any]:
    """Return the entries of a list, with those together that were split."""
    result: list[Any] = []
    for each in entries:
        if result and isinstance(result[-1], dict) and result[-1].pop("more", False):
            last = result.pop()
            merged = {
                name: (last[name] + value if name in {"text", "members", "usages"} else value)
                for name, value in each.items()
            }
            result.append(merged)
        else:
            result.append(each)
    return result
