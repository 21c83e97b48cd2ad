"""How much was said in all rooms, and which of it each client may not have received.

It is part of the state, and is not looked up in the journal. So it exists without a journal, and a start needs only a
snapshot and the inputs after it.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from udpchat.domain.address import Address
from udpchat.domain.grammar import RETURNS_SINCE

MAX_ABSENT = 10_000  # clients that left and may ask for what they missed: as many as a server has by default


@attrs.define
class Reception:
    """Messages are numbered from 0 since the server was first started, across all rooms.

    `said` is the number of messages so far, and so the number of the next one. A client that left is in `absent`, with
    the number of the first message that it did not receive. A member that missed messages is in `missed`, with the
    number of the first one and the number after the last one; the two are the same if it came back, or stayed while its
    server was restarted, and missed nothing.
    """

    said: int = 0
    absent: dict[Address, int] = attrs.field(factory=dict)
    missed: dict[Address, tuple[int, int]] = attrs.field(factory=dict)

    def leave(self, address: Address, received: int | None = None) -> None:
        """Note that a client left. It received the first `received` messages; None is for all."""
        self.missed.pop(address, None)
        self.absent[address] = self.said if received is None else min(received, self.said)
        if len(self.absent) > MAX_ABSENT:
            del self.absent[next(iter(self.absent))]

    def left_without(self, address: Address, received: int) -> None:
        """Note that a client that left received at most the first `received` messages."""
        if (left := self.absent.get(address)) is not None:
            self.absent[address] = min(left, received)

    def join(self, address: Address, grammar: int = RETURNS_SINCE) -> None:
        """Note that a client joined. If it was a member before, it missed what was said in between."""
        left = self.absent.pop(address, None)
        if left is not None and (left < self.said or grammar >= RETURNS_SINCE):
            self.missed[address] = (left, self.said)

    def stay(self, address: Address) -> None:
        """Note that a member is still here after an orderly restart of its server, so its address is not new."""
        self.missed.setdefault(address, (self.said, self.said))

    def move(self, places: Mapping[Address, Address]) -> None:
        """Change addresses of clients, whether they are members or have left: old -> new."""
        self.absent = {places.get(address, address): left for address, left in self.absent.items()}
        self.missed = {places.get(address, address): missed for address, missed in self.missed.items()}

    def maybe_missed(self, address: Address, count: int) -> None:
        """Note that a member may have missed the last `count` messages, besides those that it missed before.

        The messages between the two count as missed too, because only one range is stored for each member.
        """
        begin, end = self.missed.get(address, (0, 0))
        if begin == end:
            begin = self.said
        self.missed[address] = (min(begin, max(0, self.said - count)), self.said)
