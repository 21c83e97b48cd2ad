"""Write docs/json.schema.json, and the tables of docs/json.md: `python -m tests.docs.schema`.

Both are made from the classes: the fields of an event are those of its attrs class, and its row says what the first
sentence of the docstring says. What the dialect shows otherwise has a row in `SHOWN` here, as it has in the dialect.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from tests.wire.completeness import events
from tests.wire.test_complete import EXAMPLES
from udpchat.adapters.tcp.protocols.protocol import Ending
from udpchat.domain.commands import banning, hands, history, people, presence, private, resuming
from udpchat.domain.commands.help import FamiliesShown, HelpShown
from udpchat.domain.dialects.json.decoder import MAX_PLACES, MAX_SECRET
from udpchat.domain.dialects.json.facts import LEFT_OUT, NAMES, VERSION
from udpchat.domain.dialects.json.kinds import ERROR, code_of, kind_of
from udpchat.domain.event import Event
from udpchat.domain.rooms import acts, moves
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.listing import ListedRoom
from udpchat.domain.rooms.programs import answers
from udpchat.domain.rooms.requests import MAX_ID
from udpchat.domain.rooms.rights import Actor
from udpchat.domain.rooms.tokens import TokenShown

ROOT = Path(__file__).parents[2]
SCHEMA, PAGE = ROOT / "docs" / "json.schema.json", ROOT / "docs" / "json.md"

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": MAX_ID}
SECONDS: Schema = {"type": "number"}
TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
NUMBERED = {"id": {**COUNT, "minimum": 1}}
COMMON: dict[str, Schema] = {  # which any event may have
    "room": TEXT,
    "seq": COUNT,
    "own": COUNT,
    "id": COUNT,
    "at": TIME,
    "line": TEXT,
    "part": {**COUNT, "minimum": 1},
    "more": {"const": True},
}


def nullable(schema: Schema) -> Schema:
    """Return the schema of a value that may be null."""
    return schema if isinstance(schema["type"], list) else {**schema, "type": [schema["type"], "null"]}


def entry(required: dict[str, Schema], **optional: Schema) -> Schema:
    """Return the schema of an entry of a list."""
    fields = {**required, **optional, "more": {"const": True}}
    return {"type": "object", "properties": fields, "required": [*required]}


def listed(schema: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": schema}


SAID = {"at": TIME, "nick": TEXT, "text": TEXT}
ROOM = entry({"room": TEXT, "topic": nullable(TEXT), "seq": COUNT})
ROOM["properties"]["members"] = listed(entry({"nick": TEXT, "away": nullable(TEXT)}))
SERVER: Schema = {"type": "object", "properties": {"name": TEXT, "version": TEXT, "max_line": COUNT}}

# The fields that each event of a class has; those behind it that it may have. As `facts._SHOWN` of the dialect.
SHOWN: dict[type, tuple[dict[str, Schema], dict[str, Schema]]] = {
    Message: (SAID, {}),
    answers.Welcome: (
        {"v": {"const": VERSION}, "you": TEXT, "log": TEXT, "own": COUNT, "id": COUNT, "rooms": listed(ROOM)},
        {"session": TEXT, "server": SERVER},
    ),
    answers.Pong: (
        {
            "ping": {"type": "integer"},
            "rooms": {"type": "object", "additionalProperties": COUNT},
            "own": COUNT,
        },
        {},
    ),
    answers.Gap: ({"from": COUNT, "to": COUNT}, {}),
    people.ClientsListed: ({"members": listed(entry({"nick": TEXT, "address": TEXT}))}, {}),
    people.NamesShown: ({"members": listed(entry({"nick": TEXT, "away": FLAG}))}, {}),
    people.SelfShown: ({"nick": TEXT, "address": TEXT}, {}),
    history.HistoryShown: ({"messages": listed(entry({"event": TEXT, **SAID}))}, {}),
    banning.BansShown: (
        {"bans": listed(entry({"whom": TEXT, "until": nullable(TIME), "by": TEXT, "why": TEXT}))},
        {},
    ),
    banning.BanLifted: ({"by": TEXT, "shown": TEXT}, {}),
    hands.HandsShown: ({"hands": listed(entry({"nick": TEXT, "why": TEXT, "at": TIME}))}, {}),
    resuming.KeptShown: ({"lines": listed(entry(SAID))}, {}),
    private.PrivatelySaid: ({"nick": TEXT, "to": TEXT, "text": TEXT}, {}),
    presence.Entered: ({"nick": TEXT}, {}),
    moves.Come: ({"nick": TEXT, "from": nullable(TEXT)}, {}),
    moves.ManyCome: ({"number": COUNT, "from": nullable(TEXT)}, {}),
    moves.Gone: ({"nick": TEXT, "to": nullable(TEXT)}, {}),
    resuming.ResumedElsewhere: ({"nick": TEXT}, {}),
    HelpShown: ({"commands": listed(entry({"usage": TEXT, "does": TEXT}))}, {}),
    FamiliesShown: ({"families": listed(entry({"title": TEXT, "usages": listed(TEXT)}))}, {}),
}


def fields(kind: type[Event]) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Return the fields that an event has, and those that it may have, besides what all have."""
    shown = next((SHOWN[each] for each in kind.__mro__ if each in SHOWN), None)
    if shown is not None:
        return shown
    required, optional = plain(kind)
    optional.pop("is_network", None)  # as the dialect does for bans
    optional |= {"to_you": {"const": True}} if issubclass(kind, acts.PersonAct) else {}
    if issubclass(kind, TokenShown):
        required["for"] = {"enum": ["name", "script"]}
    return required, optional


def plain(kind: type) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Return the fields of an attrs class: those without a default are always there."""
    required, optional, hints = dict[str, Schema](), dict[str, Schema](), get_type_hints(kind)
    for field in attrs.fields(attrs.resolve_types(kind)):
        if field.name not in LEFT_OUT:
            into = required if field.default is attrs.NOTHING else optional
            into[NAMES.get(field.name, field.name)] = of_type(hints[field.name])
    return required, optional


def of_type(hint: Any) -> Schema:
    """Return the schema of a type of Python."""
    hint = getattr(hint, "__supertype__", hint)  # of a nickname
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        [inner] = [each for each in arguments if each is not NoneType]
        return nullable(of_type(inner))
    if origin in {tuple, Sequence}:
        return listed(of_type(arguments[0]))
    if hint is ListedRoom:
        return entry(plain(hint)[0])
    return {bool: FLAG, int: {"type": "integer"}, float: nullable(SECONDS), str: TEXT, Actor: TEXT}[hint]


def classes() -> list[type[Event]]:
    """Return all events, each as its module has it: attrs makes another class where it adds slots."""
    return [getattr(import_module(kind.__module__), kind.__name__) for kind in events().values()]


def kinds() -> dict[str, list[type[Event]]]:
    """Return the kinds of events with their classes, but for classes that are never sent under their own name."""
    found: dict[str, list[type[Event]]] = {}
    for kind in sorted(classes(), key=lambda each: each.__name__):
        if kind not in {acts.Concerned, answers.CaughtUp, answers.Kept} and kind_of(kind) != ERROR:
            found.setdefault(kind_of(kind), []).append(kind)
    return dict(sorted(found.items()))


def codes() -> dict[str, list[type[Event]]]:
    """Return the codes of errors with their classes."""
    rejections = [kind for kind in classes() if kind_of(kind) == ERROR and kind is not answers.MalformedObject]
    found: dict[str, list[type[Event]]] = {code_of(kind): [kind] for kind in rejections}
    malformed: dict[str, list[type[Event]]] = {code: [answers.MalformedObject] for code in MALFORMED}
    return dict(sorted((found | malformed).items()))


SAYS = {  # where the class says what is of use inside only
    "bans-shown": "An operator is shown the bans that are in force. One without an end has `until` null.",
    "came": "A member came from another room; `from` is null if that is private.",
    "done": "A line with an `id` was obeyed. If the room was told something, `room` and `seq` say what.",
    "gap": "Numbers cannot be had any more. Without a `room`, they are of what concerned the program alone.",
    "gone": "A member went to another room; `to` is null if that is private.",
    "hands-shown": "A member is shown who waits in its room, in order, each with its hand.",
    "history": "A member is shown what was said before, oldest first. Each message is an object as it was sent.",
    "many-come": "So many members came from another room at once; `from` is null if that is private.",
    "missed-removed": "A member missed messages that are not kept any more; `number` is null if that is unknown.",
    "rang": "A member was called, and wants to hear a bell.",
    "token": "A client is shown the token of its name, or that for its scripts. Keep it: it is not shown again.",
    "welcome": "A program is here, under the name `you`. `id` is the highest that it gave a line so far.",
}
MALFORMED = {
    "malformed": "Something behind 0x1E is no object that can be read.",
    "unknown-message": "An object is of no kind that this server knows.",
}


def of_event(name: str, found: Iterable[type[Event]]) -> Schema:
    """Return the schema of a kind of event."""
    required: set[str] | None = None
    properties: dict[str, Schema] = {}
    for kind in found:
        has, may_have = fields(kind)
        required = {*has} if required is None else required & {*has}
        properties |= {**has, **may_have}
    properties = {"event": {"const": name}, **properties}
    return {"$ref": "#/$defs/common", "properties": properties, "required": ["event", *sorted(required or ())]}


def requests() -> dict[str, Schema]:
    """Return the schemas of what programs send."""
    places = {"type": "object", "additionalProperties": COUNT, "maxProperties": MAX_PLACES}
    secret = {**TEXT, "maxLength": MAX_SECRET}
    where = {"own": COUNT, "log": secret}
    hello = {"v": {**COUNT, "minimum": 1}, "nick": TEXT, "session": secret, "rooms": places, **where, "enter": TEXT}
    bodies: dict[str, tuple[Schema, dict[str, Schema]]] = {
        "hello": ({"type": "object", "properties": hello, "required": ["v"]}, {}),
        "line": (TEXT, {**NUMBERED, "room": TEXT}),
        "since": (places, where),
        "ping": ({"type": "integer", "minimum": -MAX_ID, "maximum": MAX_ID}, {}),
    }
    return {
        name: {"type": "object", "properties": {name: body, **others}, "required": [name]}
        for name, (body, others) in bodies.items()
    }


def schema() -> Schema:
    """Return the whole schema: `$defs` has one for each kind of object, in either direction."""
    sent = {f"from-client-{name}": each for name, each in requests().items()}
    received = {name: of_event(name, found) for name, found in kinds().items()}
    error = of_event(ERROR, ())
    error["properties"]["code"] = {"enum": [*codes()]}
    error["required"].append("code")
    received[ERROR] = error
    received["closing"] = of_event("closing", ())
    received["closing"]["properties"]["why"] = {"enum": [each.value for each in Ending]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The objects of udpchat, version 1",
        "description": "Clients ignore what they do not know: within version 1, fields, events and codes are added.",
        "oneOf": [{"$ref": "#/$defs/from-client"}, {"$ref": "#/$defs/to-client"}],
        "$defs": {
            "from-client": {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in sent]},
            "to-client": {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in received]},
            "common": {"type": "object", "properties": COMMON},
            **sent,
            **dict(sorted(received.items())),
        },
    }


def first_sentence(kind: type) -> str:
    """Return the first sentence of a docstring."""
    words = " ".join((kind.__doc__ or "").split())
    return re.split(r"(?<=[.])\s", words, maxsplit=1)[0].replace("|", "\\|")


def table_of_kinds() -> str:
    """Return the table of all events."""
    rows = ["| event | fields | says |", "| --- | --- | --- |"]
    for name, found in kinds().items():
        properties = [each for each in of_event(name, found)["properties"] if each != "event"]
        shown = ", ".join(f"`{each}`" for each in properties)
        rows.append(f"| `{name}` | {shown} | {SAYS.get(name) or first_sentence(found[0])} |".replace("|  |", "| |"))
    return "\n".join(rows) + "\n"


def table_of_codes() -> str:
    """Return the table of all codes."""
    lines = {type(each.event).__name__: each.lines.decode().split("\n")[0] for each in EXAMPLES}
    rows = ["| code | line, for example | says |", "| --- | --- | --- |"]
    for name, [kind] in codes().items():
        line = lines.get(kind.__name__, "")
        shown = f"`{line}`" if line else ""
        rows.append(f"| `{name}` | {shown} | {MALFORMED.get(name) or first_sentence(kind)} |".replace("  |", " |"))
    return "\n".join(rows) + "\n"


def with_tables(page: str) -> str:
    """Return the page with its tables as they are made now, each between its heading and the next one."""
    for heading, table in (("All events", table_of_kinds()), ("All codes", table_of_codes())):
        page = re.sub(rf"(?ms)(^## {heading}\n.*?\n\n)\| .*?\n(?=\n|\Z)", lambda found: found[1] + table, page, count=1)  # noqa: B023
    return page


def written(found: Schema) -> str:
    """Return the schema as a file."""
    return json.dumps(found, indent=1) + "\n"


def main() -> None:
    """Write both files."""
    SCHEMA.write_text(written(schema()), encoding="utf-8")
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
