"""Log entries: the inputs of one node that are published together, and their text in the log.

The text is a JSON array: version, node, incarnation, process, the number of the entry that this one must follow, its
own number, and a row for each input (`journal/codec.py`).

Limit: entries of another version cannot be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import orjson

from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.journal.errors import Unreadable
from udpchat.adapters.nats.replication.origins import Origin
from udpchat.domain.rooms.inputs import Heartbeat, Input, Reloaded, Started

VERSION = 3  # of entries and snapshots; a node that reads no entries of this version ends when it meets one
READABLE = {1, 2, 3}  # version 1 had no versions of grammar and Unicode in its starts, 1 and 2 no `Undelivered`
_ALONE = (Heartbeat, Started, Reloaded)  # have an entry of their own
MAX_ENTRY_INPUTS = 512  # inputs; every node handles an entry in one go
MAX_ENTRY_BYTES = 900_000  # bytes of rows; a larger entry is split: a NATS server takes 1 MiB by default


class OtherVersion(Exception):  # noqa: N818 - a finding: the entry is fine for a node of that version
    """An entry has another version, which the message gives."""


@attrs.define(eq=False)
class LogEntry:
    """An entry of this node: its inputs, and the same inputs as rows.

    `expires` is the time at which the entry is given up. `after`, `published` (a time) and `payload` describe its last
    publication.
    """

    number: int
    inputs: Sequence[Input]
    rows: bytes
    expires: float
    after: int = 0
    published: float = 0.0
    payload: bytes = b""

    def encode(self, node: str, origin: Origin, after: int, now: float) -> bytes:
        """Return the text to publish now, as an entry of this process, which must follow entry number `after`."""
        self.after, self.published = after, now
        head = orjson.dumps((VERSION, node, origin.incarnation, origin.process, after, self.number))
        self.payload = b"".join((head[:-1], b",", self.rows, b"]"))
        return self.payload


def decode(place: int, payload: bytes) -> tuple[str, Origin, int, list[Any]]:
    """Return the node, the origin, the number of the entry that this one must follow, and the rows.

    Raise `Unreadable` for anything else, and `OtherVersion`.
    """
    try:
        entry = orjson.loads(payload)
    except ValueError as exc:
        raise Unreadable(f"has an entry at {place} that cannot be read: {exc}") from exc
    match entry:
        case [int(version), *_] if version not in READABLE:
            raise OtherVersion(version)
        case [_, str(node), int(incarnation), str(process), int(after), int(number), [_, *_] as rows]:
            return node, Origin(incarnation, process, number), after, rows
        case _:
            raise Unreadable(f"has a message at {place} that is not an entry")


def can_share(inputs: Sequence[Input], more: Sequence[Input]) -> bool:
    """Return whether these inputs may share an entry; what a node says of itself has an entry of its own."""
    alone = isinstance(inputs[0].line, _ALONE) or isinstance(more[0].line, _ALONE)
    return not alone and len(inputs) + len(more) <= MAX_ENTRY_INPUTS


def split_off(codec: Codec, inputs: Sequence[Input]) -> tuple[Sequence[Input], bytes, Sequence[Input]]:
    """Return the first inputs, as many as fit into one entry, their rows, and the other inputs."""
    fit, rows = inputs, orjson.dumps(codec.rows(inputs))
    while len(rows) > MAX_ENTRY_BYTES and len(fit) > 1:
        fit = fit[: len(fit) // 2]
        rows = orjson.dumps(codec.rows(fit))
    return fit, rows, inputs[len(fit) :]
