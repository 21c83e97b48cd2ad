"""The stored form of a room: inputs as rows, the state as a JSON document with a version.

It cannot read documents and inputs that a newer version wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.preconf.json import make_converter

from udpchat.adapters.journal.errors import Newer, Unreadable
from udpchat.adapters.journal.programs import REQUESTS, register
from udpchat.domain.address import Address
from udpchat.domain.commands import MESSAGES, SLICES
from udpchat.domain.limits import MAX_MOTD_BYTES, MAX_MOTD_LINES, MIN_DATAGRAM
from udpchat.domain.machine.snapshot import SavedRoom, Snapshot
from udpchat.domain.rooms.history.message import Message
from udpchat.domain.rooms.inputs import (
    Administered,
    ControlInput,
    Heartbeat,
    Idle,
    Input,
    Reloaded,
    Rules,
    SessionOver,
    Started,
    Undelivered,
    Unreachable,
)
from udpchat.domain.rooms.requests import Request
from udpchat.domain.rooms.slice import Slice
from udpchat.domain.text.line import LineTooLong

VERSION = 4  # of the document of a snapshot
VERSION_WITHOUT_PROGRAMS = 3
VERSION_WITHOUT_ROOMS = 2  # is written where the grammar has none, so that earlier versions can read it
READABLE = {1, 2, 3, 4}  # version 1 had no grammar, no version of Unicode, no slices, and only plain lines

END_OF_TIME = 1e11  # seconds since 1970: later than any clock of Linux can be set to

_SIGN = 1 << 63  # entropy is unsigned, integers of SQLite are signed; both have 64 bits
_ROOMS = {"joined", "places", "rooms"}  # fields of a snapshot that version 3 brought
_PROGRAMS = {"programs"}  # the same of version 4
_SAID, _TOO_LONG = "said", "too long"
_PLAIN = "said"  # the kind of a message without the key "kind"
# The stored word of each control input. Words are a format: a class may be renamed, its word may not.
_CONTROL: dict[str, type[ControlInput]] = {
    "started": Started,
    "reloaded": Reloaded,
    "beat": Heartbeat,
    "unreachable": Unreachable,
    "undelivered": Undelivered,
    "idle": Idle,
    "session over": SessionOver,
    "act": Administered,
}  # the fields are stored as JSON, or as "" by earlier versions; these read no fields of "idle"
_KINDS = {kind: word for word, kind in MESSAGES.items()}
_INPUTS: dict[str, type[ControlInput | Request]] = {**_CONTROL, **REQUESTS}
_WORDS = {kind: word for word, kind in _INPUTS.items()}

Row = tuple[float, int, str, str, str]
"""Seconds since 1970 UTC, entropy, sender, kind, and the line or the other fields of the input."""


class AddressCodec(Protocol):
    """Addresses as text, with all that the server needs to send to them after a restart."""

    def encode(self, address: Address) -> str:
        """Return an address as text without line breaks."""

    def decode(self, text: str) -> Address:
        """Return the address of a text. Raise ValueError if it is invalid, or if this server cannot send to it."""


@attrs.frozen
class Codec:
    """Turns inputs and snapshots into text and back. `addresses` does this for the addresses in them."""

    addresses: AddressCodec
    _converter: cattrs.Converter = attrs.field(init=False)

    @_converter.default
    def _(self) -> cattrs.Converter:
        converter = make_converter(forbid_extra_keys=True)
        converter.register_unstructure_hook_func(lambda kind: kind is Address, self.addresses.encode)
        converter.register_structure_hook_func(
            lambda kind: kind is Address, lambda text, _: self.addresses.decode(text)
        )
        converter.register_structure_hook(float, lambda value, _: _seconds(value))
        for kind in MESSAGES.values():  # without a hook for each class, the hooks for `Message` would call themselves
            converter.register_structure_hook(
                kind, make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True)
            )
            converter.register_unstructure_hook(
                kind,
                make_dict_unstructure_fn(
                    kind,
                    converter,
                    by=override(omit_if_default=True),
                    number=override(omit=True),  # a room stores the numbers of all its messages together
                ),
            )
        converter.register_unstructure_hook_func(
            _are_slices, lambda value: {word: converter.unstructure(each) for word, each in value.items()}
        )
        converter.register_structure_hook_func(
            _are_slices,
            lambda value, _: {word: converter.structure(each, SLICES[word]) for word, each in value.items()},
        )
        later = override(omit_if_default=True)  # earlier versions cannot read these
        converter.register_unstructure_hook(
            Rules,
            make_dict_unstructure_fn(
                Rules,
                converter,
                history_bytes=later,
                max_rooms=later,
                announce_joins=later,
                motd=later,
                claim_days=later,
                max_claims=later,
                log_events=later,
                session_seconds=later,
            ),
        )
        converter.register_unstructure_hook(Message, lambda message: _tagged(message, converter))
        converter.register_structure_hook(Message, lambda value, _: _untagged(value, converter))
        converter.register_unstructure_hook(
            SavedRoom, make_dict_unstructure_fn(SavedRoom, converter, order=later, topic_by=later)
        )  # knows messages
        register(converter)
        return converter

    def row(self, given: Input) -> Row:
        """Return the row of an input."""
        line = given.line
        sender = self.addresses.encode(given.sender)
        if isinstance(line, str):
            return given.at, given.entropy - _SIGN, sender, _SAID, line
        if isinstance(line, LineTooLong):
            kind, rest = _TOO_LONG, json.dumps([line.size, line.limit])
        else:
            kind, rest = _WORDS[line.__class__], json.dumps(self._converter.unstructure(line))
        return given.at, given.entropy - _SIGN, sender, kind, rest

    def rows(self, inputs: Iterable[Input]) -> list[Row]:
        """Return the rows of many inputs."""
        encode, row = self.addresses.encode, self.row
        return [  # this repeats the first case of `row`: most inputs are lines, and a call for each is slow
            (each.at, each.entropy - _SIGN, encode(each.sender), _SAID, each.line)
            if each.line.__class__ is str
            else row(each)
            for each in inputs
        ]

    def input(self, row: Row) -> Input:
        """Return the input of a row. Raise `Unreadable`."""
        try:
            at, entropy, sender_text, kind, rest = row
            sender, at, entropy, rest = self.addresses.decode(sender_text), _seconds(at), _whole(entropy), _text(rest)
            if kind == _SAID:
                return Input(at, entropy + _SIGN, sender, rest)
            if kind == _TOO_LONG:
                return Input(at, entropy + _SIGN, sender, LineTooLong(*map(int, json.loads(rest))))
            kind_of_input = _class(kind)
            control: ControlInput | Request = self._converter.structure(json.loads(rest or "{}"), kind_of_input)
            _check_rules(control)
            return Input(at, entropy + _SIGN, sender, control)
        except Exception as exc:  # a damaged file can cause any error
            _raise_memory_error(exc)
            raise Unreadable(f"has an input that cannot be read: {exc}") from exc

    def document(self, state: Snapshot) -> str:
        """Return the state of a room as a JSON document."""
        fields: dict[str, Any] = self._converter.unstructure(state)
        version = VERSION
        if state.programs is None:
            version = VERSION_WITHOUT_PROGRAMS if state.rooms else VERSION_WITHOUT_ROOMS
            missing = _PROGRAMS if state.rooms else _PROGRAMS | _ROOMS
            fields = {key: value for key, value in fields.items() if key not in missing}
        return json.dumps({"version": version, "state": fields}, ensure_ascii=False)

    def state(self, document: str) -> Snapshot:
        """Return the state in a document. Raise `Unreadable`."""
        try:
            found: dict[str, Any] = json.loads(document)
            version = found["version"]
        except Exception as exc:
            _raise_memory_error(exc)
            raise Unreadable(f"has a snapshot that cannot be read: {exc}") from exc
        if version not in READABLE:
            raise Newer(f"has a snapshot of version {version}, this udpchat reads version {VERSION}")
        try:
            state = self._converter.structure(found["state"], Snapshot)
            _check_rules(state)
        except Exception as exc:
            _raise_memory_error(exc)
            reasons = "; ".join(_reasons(exc))
            raise Unreadable(f"has a snapshot that cannot be read: {reasons}") from exc
        return state


def _raise_memory_error(exc: Exception) -> None:
    """Raise a `MemoryError` again, also one that cattrs has wrapped: what could not be read is not damaged."""
    if isinstance(exc, MemoryError) or (isinstance(exc, ExceptionGroup) and exc.subgroup(MemoryError)):
        raise MemoryError from exc


def _are_slices(kind: object) -> bool:
    return kind == Mapping[str, Slice]


def _tagged(message: Message, converter: cattrs.Converter) -> dict[str, Any]:
    """Return the fields of a message, with its kind if it is no plain line."""
    word = _KINDS[message.__class__]
    fields: dict[str, Any] = converter.unstructure(message, message.__class__)
    return fields if word == _PLAIN else {"kind": word, **fields}


def _untagged(value: dict[str, Any], converter: cattrs.Converter) -> Message:
    """Return the message with these fields."""
    fields = dict(value)
    return converter.structure(fields, MESSAGES[fields.pop("kind", _PLAIN)])


def _reasons(exc: BaseException) -> Iterable[str]:
    """Yield the texts of the innermost exceptions of a group."""
    if isinstance(exc, BaseExceptionGroup):
        for each in exc.exceptions:
            yield from _reasons(each)
    else:
        yield str(exc)


def _class(kind: str) -> Any:
    """Return the class of an input that is no line. Raise ValueError for an unknown kind."""
    if kind not in _INPUTS:
        raise ValueError(f"{kind!r} is no kind of input")
    return _INPUTS[kind]


def _seconds(value: object) -> float:
    """Return a time or a duration in seconds. Raise ValueError if it is out of range."""
    if isinstance(value, int | float) and abs(value) < END_OF_TIME:
        return float(value)
    raise ValueError(f"{value!r} is not a time")


def _whole(value: object) -> int:
    if isinstance(value, int):
        return value
    raise ValueError(f"{value!r} is not an integer")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError(f"{value!r} is not a text")


def _check_rules(holder: Snapshot | ControlInput | Request) -> None:
    """Raise ValueError for rules or heartbeats with values out of range, which no server wrote."""
    rules = holder.rules if isinstance(holder, Snapshot | Started | Reloaded) else Rules()
    numbers = (rules.history_keep, rules.history_days, rules.history_on_join, rules.max_datagram - MIN_DATAGRAM)
    later = (rules.history_bytes, rules.max_rooms - 1, MAX_MOTD_BYTES - len(rules.motd.encode()))
    claims = (rules.claim_days - 1, rules.max_claims, rules.log_events, rules.session_seconds)
    if min(*numbers, *later, *claims) < 0 or rules.motd.count("\n") >= MAX_MOTD_LINES:
        raise ValueError(f"{rules} are not valid rules")
    if isinstance(holder, Heartbeat) and min(holder.lease, holder.steady) < 0:
        raise ValueError(f"{holder} is not a valid heartbeat")
