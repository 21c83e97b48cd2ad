"""Long replies, sent in parts, so that they do not overflow the receive buffer of the client."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from itertools import chain

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.history import HistoryShown
from udpchat.domain.dialects.packer import Datagrams
from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.rooms.message import Message

PACE = 0.1  # seconds between two parts
# Bytes of a part. A receive buffer of the usual 212,992 bytes holds ten times as much in small datagrams.
PART = 16_384
MAX_WAITING = 1000  # unfinished replies, together 160 MB/s; a client that asks for one more must ask again later


@attrs.define(eq=False)
class Pacer:
    """The unsent rest of each long reply, sent in parts of `part` bytes. Each client has at most one, the latest."""

    max_datagram: int
    part: int = PART
    _waiting: dict[Address, Iterator[bytes]] = attrs.field(factory=dict, init=False)

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self, address: Address, messages: Sequence[Message]) -> list[bytes]:
        """Return the lines of the first part of a reply. Keep the rest, and drop the rest of an earlier reply.

        Return nothing if there is a rest and `MAX_WAITING` replies are unfinished.
        """
        self._waiting.pop(address, None)
        rest = (line for message in messages for line in render(HistoryShown((message,)), self.max_datagram))
        part = self._part(rest)
        more = next(rest, None)
        if more is None:
            return part
        if len(self._waiting) >= MAX_WAITING:
            return []
        self._waiting[address] = chain([more], rest)
        return part

    def next_parts(self, members: Container[Address]) -> Iterator[tuple[Address, list[bytes]]]:
        """Yield the datagrams of the next part of each reply. Forget the replies to addresses that left the room."""
        for address, rest in list(self._waiting.items()):
            part = self._part(rest) if address in members else []
            if not part:
                del self._waiting[address]
                continue
            datagrams = Datagrams(self.max_datagram)
            for line in part:
                datagrams.add(line)
            yield address, datagrams.all()

    def _part(self, rest: Iterator[bytes]) -> list[bytes]:
        """Return the lines of the next part: at least one, or none at the end of the reply."""
        part, left = [], self.part
        for line in rest:
            part.append(line)
            left -= len(line)
            if left <= 0:
                break
        return part
