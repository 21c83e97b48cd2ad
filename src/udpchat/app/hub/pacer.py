"""Long replies, sent in parts.

A reply in one piece would overflow the receive buffer of the client. And all replies together must leave the room time
to talk: the server pays for their parts from one bucket, and replies wait while it is less than half full. The other
half is for short replies, and for what the room hears of commands.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from weakref import WeakSet

import attrs

from udpchat.domain.address import Address
from udpchat.domain.admission.policy import BURST_SECONDS
from udpchat.domain.admission.quota import LINE_BYTES, QuotaTable
from udpchat.domain.dialects.json.encoder import Numbers
from udpchat.domain.dialects.packer import Datagrams
from udpchat.domain.dialects.rendering import Renderer
from udpchat.domain.event import Event
from udpchat.domain.rooms.members.look import Look

PACE = 0.1  # seconds between two parts
# Bytes of a part. A receive buffer of the usual 212,992 bytes holds ten times as much in small datagrams.
PART = 16_384
ROUND = 250_000  # bytes of all parts that are sent at once: some 15 ms
MAX_WAITING = 1000  # unfinished replies; a client that asks for one more must ask again later
LONG_REPLY_PRICE = 24_000  # bytes that a client pays for in one reply, at most: one burst
MAX_SHARED = 8  # replies whose lines are kept for others who ask for the same; one has 4 MB at most


@attrs.define(eq=False)
class SharedLines:
    """The lines of an event, each made once for all its readers, who are at different places in it.

    Readers with times in front of lines share them for a `minute` since 1970.
    """

    event: Event
    look: Look
    minute: int
    source: Iterator[bytes]
    _made: list[bytes] = attrs.field(factory=list, init=False)

    def __iter__(self) -> Iterator[bytes]:
        place = 0
        while place < len(self._made) or self._make():
            yield self._made[place]
            place += 1

    def _make(self) -> bool:
        """Make the next line; return whether there is one."""
        line = next(self.source, None)
        if line is not None:
            self._made.append(line)
        return line is not None


@attrs.define(eq=False)
class LongReply:
    """The lines of a reply that were not sent yet. `unpaid` are the bytes that its reader may still have to pay for."""

    lines: Iterator[bytes]
    unpaid: int = LONG_REPLY_PRICE
    ended: bool = False
    _line: bytes | None = None  # the first one that was not sent, if it is made

    def part(self, size: int) -> list[bytes]:
        """Return the next lines: as many as reach `size` bytes, or all that are left."""
        part: list[bytes] = []
        line = self._line or next(self.lines, None)
        while line is not None and size > 0:
            part.append(line)
            size -= len(line)
            line = next(self.lines, None)
        self._line, self.ended = line, line is None
        return part


@attrs.define(eq=False)
class Pacer:
    """The unsent rest of each long reply, sent in parts of `part` bytes.

    Each client has at most one of each kind of event, the latest: one that asks for a list still receives the history.
    When many ask for the same, its lines are made once.
    """

    renderer: Renderer
    quotas: QuotaTable
    part: int = PART
    _waiting: dict[tuple[Address, type[Event]], LongReply] = attrs.field(factory=dict, init=False)
    _latest: SharedLines | None = attrs.field(default=None, init=False)
    _shared: WeakSet[SharedLines] = attrs.field(factory=WeakSet, init=False)  # those that somebody still reads

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self, address: Address, event: Event, now: float, look: Look, numbers: Numbers) -> list[bytes] | None:
        """Return the lines of the first part of a reply. Keep the rest, and drop that of an earlier one of its kind.

        While the bucket is too empty, return no lines and keep all. Return None if something would have to wait and
        `MAX_WAITING` replies are unfinished.
        """
        key = address, event.__class__
        self._waiting.pop(key, None)
        reply = LongReply(self._lines(event, look, numbers))
        part = self._next_part(address, reply, now) if self._affordable(now) else []
        if reply.ended:
            return part
        if len(self._waiting) >= MAX_WAITING:
            return None
        self._waiting[key] = reply
        return part

    def _lines(self, event: Event, look: Look, numbers: Numbers) -> Iterator[bytes]:
        """Return the lines of an event, made before if the same was asked for last in the same look."""
        at = numbers.at or 0.0
        if numbers.id:
            return self.renderer.render_lazily(event, look, at, numbers)
        minute = 0 if look.time is None else int(at // 60)
        latest = self._latest
        if latest is not None and latest.event == event and latest.look == look and latest.minute == minute:
            return iter(latest)
        self._latest, lines = None, self.renderer.render_lazily(event, look, at)
        if len(self._shared) >= MAX_SHARED:
            return lines
        self._latest = SharedLines(event, look, minute, lines)
        self._shared.add(self._latest)
        return iter(self._latest)

    def next_parts(self, members: Container[Address], now: float) -> Iterator[tuple[Address, list[bytes]]]:
        """Yield the datagrams of the next part of each reply, up to a bound; the other replies come first next time.

        Forget the replies to addresses that left the room.
        """
        left = ROUND
        for key, reply in list(self._waiting.items()):
            if left <= 0 or not self._affordable(now):
                return
            del self._waiting[key]
            address, _ = key
            if address not in members:
                continue
            datagrams = Datagrams(self.renderer.limit)
            for line in self._next_part(address, reply, now):
                datagrams.add(line)
                left -= len(line)
            if not reply.ended:
                self._waiting[key] = reply  # behind those that wait for longer
            yield address, datagrams.all()

    def _affordable(self, now: float) -> bool:
        """Say whether the bucket of the server is more than half full."""
        self.quotas.answers.limit_debt(now)
        return self.quotas.answers.full_at <= now + BURST_SECONDS / 2

    def _next_part(self, address: Address, reply: LongReply, now: float) -> list[bytes]:
        """Return the lines of the next part. The server pays for all of them, the reader up to the price of a reply."""
        part = reply.part(self.part)
        size = sum(map(len, part))
        if (quota := self.quotas.clients.get(address)) is not None:
            price = min(size, reply.unpaid)
            reply.unpaid -= price
            quota.charge(price, now)
            size -= price
        self.quotas.answers.take(size / LINE_BYTES, now)
        return part
