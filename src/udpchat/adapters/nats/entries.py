"""Parcels: inputs of one node on their way through the log that all nodes read, as the text that is published.

What it can not do: read parcels of another version.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import orjson

from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.journal.errors import Unreadable
from udpchat.domain.rooms.inputs import Heartbeat, Input, Started

VERSION = 1  # of parcels and snapshots; nodes of different versions do not serve one room
MAX_ENTRY_INPUTS = 512  # inputs in a parcel, which all nodes handle in one go
MAX_ENTRY_BYTES = 900_000  # what comes to more is parted; the engine takes 1 MiB


class OtherVersion(Exception):  # noqa: N818 - what the parcel is: fine, for who is of that version
    """The parcel is of the version that the message tells."""


@attrs.frozen
class Origin:
    """Whose parcels of a node count: of which incarnation and which process, and the number of the last that did."""

    incarnation: int = 0
    process: str = ""
    number: int = 0


@attrs.define(eq=False)
class LogEntry:
    """Inputs that are published together, also as the text that is; it is given up when `expires`.

    It counts after the parcel with the number `after`.
    """

    number: int
    inputs: Sequence[Input]
    rows: bytes
    expires: float
    after: int = 0
    published: float = 0.0
    payload: bytes = b""

    def publish(self, node: str, me: Origin, after: int, now: float) -> bytes:
        """Return what is published of it."""
        self.after, self.published = after, now
        head = orjson.dumps((VERSION, node, me.incarnation, me.process, after, self.number))
        self.payload = b"".join((head[:-1], b",", self.rows, b"]"))
        return self.payload


def read(place: int, payload: bytes) -> tuple[str, Origin, int, list[Any]]:
    """Return the node, the origin, the number that must have counted before, and the rows; raise `Unreadable`."""
    try:
        entry = orjson.loads(payload)
    except ValueError as exc:
        raise Unreadable(f"has a parcel {place} that cannot be read: {exc}") from exc
    match entry:
        case [int(version), *_] if version != VERSION:
            raise OtherVersion(version)
        case [_, str(node), int(incarnation), str(process), int(after), int(number), [_, *_] as rows]:
            return node, Origin(incarnation, process, number), after, rows
        case _:
            raise Unreadable(f"has a parcel {place} that is none")


def go_together(inputs: Sequence[Input], more: Sequence[Input]) -> bool:
    """Say whether inputs fit into one parcel; a notice of a server has one for itself."""
    own = isinstance(inputs[0].line, Heartbeat | Started) or isinstance(more[0].line, Heartbeat | Started)
    return not own and len(inputs) + len(more) <= MAX_ENTRY_INPUTS


def fitting(codec: Codec, inputs: Sequence[Input]) -> tuple[Sequence[Input], bytes, Sequence[Input]]:
    """Return as many of the inputs as fit into one parcel, their rows, and the rest."""
    fit, rows = inputs, orjson.dumps(codec.rows(inputs))
    while len(rows) > MAX_ENTRY_BYTES and len(fit) > 1:
        fit = fit[: len(fit) // 2]
        rows = orjson.dumps(codec.rows(fit))
    return fit, rows, inputs[len(fit) :]
