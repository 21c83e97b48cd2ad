"""Events -> records of the JSON dialect: RFC 7464, one object is 0x1E, JSON in UTF-8 without line feeds, LF.

An object never has more bytes than a datagram may have: `splitting` makes several of it. The line of an error is cut
instead, so that the outcome of a line is one object.

All texts are cleaned here once more, the last barrier, as in the text dialect.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial

import attrs

from udpchat.domain.commands.talk import Said
from udpchat.domain.dialects.json.facts import Fields, fields_of
from udpchat.domain.dialects.json.kinds import ERROR
from udpchat.domain.dialects.json.splitting import cleaned, parts, squeezed, to_json
from udpchat.domain.dialects.json.times import rfc3339
from udpchat.domain.dialects.text_encoder import render_lazily
from udpchat.domain.event import Event
from udpchat.domain.rooms.programs.answers import CaughtUp, Gap, Hidden, Kept, Resent, Welcome

WIDE = 65_536  # bytes of a line, before it is known whether it has to be split: more than any datagram has

_FRAME = len(b"\x1e{}\n")
_BEL = b"\x07"


@attrs.frozen
class Numbers:
    """What an object says besides its fact: where and when it happened, and its numbers. 0 and "" are none.

    `at` is in seconds since 1970 UTC; only what has a number says it. `id` is that of the line which is answered.
    """

    room: str = ""
    seq: int = 0
    own: int = 0
    id: int = 0
    at: float | None = None

    def into(self, fields: Fields) -> Fields:
        """Return the fields of an object with these numbers, behind its kind."""
        at = {"at": rfc3339(self.at)} if self.at is not None and (self.seq or self.own) else {}
        numbers = {"room": self.room, "seq": self.seq, "own": self.own, "id": self.id}
        kind = {"event": fields["event"]}
        return kind | {name: value for name, value in numbers.items() if value} | at | fields


NO_NUMBERS = Numbers()


@attrs.frozen
class Encoder:
    """Writes records of at most `limit` bytes (`limits.MIN_DATAGRAM` or more). A welcome says of the `server` this."""

    limit: int
    server: Mapping[str, str | int] = attrs.field(factory=dict)

    def encode(self, event: Event, numbers: Numbers = NO_NUMBERS, *, own: bool = False) -> list[bytes]:
        """Return the records of an event. `own` gives the wording for a client that reads it alone."""
        if event.__class__ is Said and numbers.seq:  # nearly all of a busy room; the general way gives the same
            record = _said(event, numbers)
            if len(record) <= self.limit:
                return [record]
        return list(self.encode_lazily(event, numbers, own=own))

    def encode_lazily(self, event: Event, numbers: Numbers = NO_NUMBERS, *, own: bool = False) -> Iterator[bytes]:
        """Yield the records of an event, as `encode` does. Those of a long one are made when they are asked for."""
        if isinstance(event, CaughtUp):
            for item in event.items:
                yield from self._resent(item)
            return
        if isinstance(event, Kept):
            fields = json.loads(event.text)
            yield from self._whole(fields, fields.pop("line", ""))
            return
        fields = cleaned(numbers.into(fields_of(event)))
        if isinstance(event, Welcome):
            fields["server"] = dict(self.server)
        if event.long:
            yield from self._split(fields, event, own=own)
            return
        yield from self._whole(fields, "\n".join(_lines(event, WIDE, own=own)), event, own=own)

    def _resent(self, item: Resent | Gap | Hidden) -> Iterator[bytes]:
        if not isinstance(item, Resent):
            return self.encode_lazily(item)
        return self.encode_lazily(item.event, Numbers(item.room, item.seq, item.own, at=item.at))

    def _whole(self, fields: Fields, line: str, event: Event | None = None, *, own: bool = False) -> Iterator[bytes]:
        """Yield one object if it fits, else that of an error with its line cut, or several."""
        whole = {**fields, "line": line} if line else fields
        if len(record := _record(whole)) <= self.limit:
            yield record
        elif fields["event"] == ERROR:
            yield _record(squeezed(whole, self.limit - _FRAME))
        elif event is None:
            yield from map(_record, parts(fields, lambda _: iter(line.splitlines()), self.limit - _FRAME))
        else:
            yield from self._split(fields, event, own=own)

    def _split(self, fields: Fields, event: Event, *, own: bool) -> Iterator[bytes]:
        return map(_record, parts(fields, partial(_lines, event, own=own), self.limit - _FRAME))


def _said(event: Said, numbers: Numbers) -> bytes:
    """Return the record of a line that was said in a room."""
    at, nick, text = rfc3339(event.at), to_json(cleaned(event.nickname)), to_json(cleaned(event.text))
    room = to_json(cleaned(numbers.room))
    fields = f'"room":{room},"seq":{numbers.seq},"at":"{at}","nick":{nick},"text":{text}'
    return f'\x1e{{"event":"said",{fields}}}\n'.encode()


def _record(fields: Fields) -> bytes:
    return f"\x1e{to_json(fields)}\n".encode()


def _lines(event: Event, limit: int, *, own: bool) -> Iterator[str]:
    """Yield the lines that are read of an event: none of what was said plainly, nor of the short form of a question."""
    if event.__class__ is Said or getattr(event, "short", False):
        return iter(())
    lines = render_lazily(event, limit, own=own)
    return (line.decode().removesuffix("\n") for line in lines if line != _BEL)
