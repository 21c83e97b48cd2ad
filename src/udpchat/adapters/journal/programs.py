"""The stored form of what programs send, and of what is kept for them.

Messages are stored as in the history of rooms. Other events are stored as the objects that are sent of them: within a
version of the JSON dialect, names and meanings only come and none goes, so no class has to keep its fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from udpchat.domain.dialects.json.encoder import NO_NUMBERS, Encoder, Numbers
from udpchat.domain.event import Event
from udpchat.domain.machine.saved_programs import SavedSession, SavedTold
from udpchat.domain.rooms.author import Author
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.members.look import Look
from udpchat.domain.rooms.programs.answers import Done, Kept
from udpchat.domain.rooms.programs.session import Noted
from udpchat.domain.rooms.programs.told import Heard
from udpchat.domain.rooms.requests import Hello, Malformed, Numbered, Ping, Request, Since
from udpchat.domain.text.line import LineTooLong

# The stored word of each request. Words are a format: a class may be renamed, its word may not.
REQUESTS: dict[str, type[Request]] = {
    "hello": Hello,
    "since": Since,
    "ping": Ping,
    "numbered": Numbered,
    "malformed": Malformed,
}

_AUTHOR: Any = Author | None
_MESSAGE: Any = Message  # abstract: the hook of the converter finds the class
_ENCODER = Encoder(1 << 30)  # bytes: nothing that is stored is split


def register(converter: cattrs.Converter) -> None:
    """Let a converter that knows messages store these."""
    converter.register_unstructure_hook(Numbered, _numbered)
    converter.register_structure_hook(Numbered, lambda value, _: _as_numbered(value))
    later = override(omit_if_default=True)  # earlier versions cannot read these
    converter.register_unstructure_hook(Look, make_dict_unstructure_fn(Look, converter, json=later, lost=later))
    events = override(
        unstruct_hook=lambda _: [], struct_hook=lambda value, _: tuple(_as_heard(each, converter) for each in value)
    )
    plain_told = make_dict_unstructure_fn(SavedTold, converter, events=events)
    converter.register_unstructure_hook(SavedTold, lambda told: {**plain_told(told), "events": _told(told, converter)})
    converter.register_structure_hook(
        SavedTold, make_dict_structure_fn(SavedTold, converter, _cattrs_forbid_extra_keys=True, events=events)
    )
    noted = override(
        unstruct_hook=lambda _: [],
        struct_hook=lambda value, _: tuple(_as_noted(each, converter) for each in value),
    )
    outcomes = override(
        unstruct_hook=lambda _: [],
        struct_hook=lambda value, _: tuple((int(number), Kept(text)) for number, text in value),
    )
    plain = make_dict_unstructure_fn(SavedSession, converter, noted=noted, outcomes=outcomes)
    converter.register_unstructure_hook(
        SavedSession, lambda session: {**plain(session), **_objects(session, converter)}
    )
    converter.register_structure_hook(
        SavedSession,
        make_dict_structure_fn(SavedSession, converter, _cattrs_forbid_extra_keys=True, noted=noted, outcomes=outcomes),
    )


def text_of(event: Event, numbers: Numbers = NO_NUMBERS) -> str:
    """Return an event as the object that is sent of it."""
    if isinstance(event, Kept):
        return event.text
    (record,) = _ENCODER.encode(event, numbers)
    return record.decode()[1:-1]


def _numbered(value: Numbered) -> dict[str, Any]:
    line = value.line if isinstance(value.line, str) else [value.line.size, value.line.limit]
    return {"line": line, "id": value.id, "room": value.room}


def _as_numbered(value: Mapping[str, Any]) -> Numbered:
    line, number = value["line"], value["id"]
    read = line if isinstance(line, str) else LineTooLong(*map(int, line))
    return Numbered(read, None if number is None else int(number), str(value["room"]))


def _told(told: SavedTold, converter: cattrs.Converter) -> list[dict[str, Any]]:
    return [
        _heard(each, Numbers(told.room, seq, at=each.at), converter) for seq, each in enumerate(told.events, told.first)
    ]


def _heard(each: Message | Heard, numbers: Numbers, converter: cattrs.Converter) -> dict[str, Any]:
    if isinstance(each, Message):
        return {"message": converter.unstructure(each, Message)}
    author = converter.unstructure(each.author, Author | None)
    fields: dict[str, Any] = {"at": each.at, "hidden": sorted(each.hidden), "size": each.size, "author": author}
    if isinstance(each.event, Message):
        fields["message"] = converter.unstructure(each.event, Message)
    elif each.event is not None:
        fields["object"] = text_of(each.event, numbers)
    return fields


def _as_heard(value: Mapping[str, Any], converter: cattrs.Converter) -> Message | Heard:
    event: Event | None = None
    if "message" in value:
        event = converter.structure(value["message"], _MESSAGE)
        if isinstance(event, Message) and "size" not in value:
            return event
    elif "object" in value:
        event = Kept(str(value["object"]))
    author: Author | None = converter.structure(value["author"], _AUTHOR)
    return Heard(event, float(value["at"]), frozenset(map(int, value["hidden"])), int(value["size"]), author)


def _objects(session: SavedSession, converter: cattrs.Converter) -> dict[str, Any]:
    first = session.own - len(session.noted) + 1
    noted = [
        [
            each.at,
            None if each.event is None else text_of(each.event, Numbers(own=own, at=each.at)),
            converter.unstructure(each.author, Author | None),
            each.size,
        ]
        for own, each in enumerate(session.noted, first)
    ]
    outcomes = [
        [number, text_of(event, NO_NUMBERS if isinstance(event, Done) else Numbers(id=number))]
        for number, event in session.outcomes
    ]
    return {"noted": noted, "outcomes": outcomes}


def _as_noted(value: Sequence[Any], converter: cattrs.Converter) -> Noted:
    at, text, author, size = value
    event = None if text is None else Kept(str(text))
    return Noted(event, float(at), converter.structure(author, _AUTHOR), int(size))
