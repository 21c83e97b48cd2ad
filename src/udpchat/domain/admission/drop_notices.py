"""Which clients must be notified that lines of theirs were dropped."""

from __future__ import annotations

from itertools import islice

import attrs

from udpchat.domain.address import Address
from udpchat.domain.admission.notices import Recipient, SlowDown
from udpchat.domain.rooms.audience import Only

QUIET = 2.0  # seconds without a dropped line after which a flood is over
MAX_FLOOD = 60.0  # seconds after which the client of a flood that goes on is notified all the same
MAX_NOTICES = 500  # at once: some 15 ms


@attrs.define
class Flood:
    """A client has sent more than it may, in seconds from `since` until `last`; `lines` of it were dropped.

    If it `asked`, the last of these were objects of a program.
    """

    since: float
    last: float
    lines: int = 0
    asked: bool = False


@attrs.define(eq=False)
class DropNotices:
    """Counts the dropped lines of each client, and notifies the client of their number once, after the flood."""

    floods: dict[Address, Flood] = attrs.field(factory=dict, init=False)

    def add(self, address: Address, lines: int, now: float, *, asked: bool = False) -> None:
        """Count dropped lines of a client."""
        flood = self.floods.get(address)
        if flood is None:
            flood = self.floods[address] = Flood(now, now)
        flood.last = now
        flood.lines += lines
        flood.asked = asked

    def due(self, now: float) -> list[tuple[Recipient, SlowDown]]:
        """Return the notices about floods that are over, as many as may be sent at once. Each is returned once."""
        due = (
            (address, flood)
            for address, flood in self.floods.items()
            if now - flood.last >= QUIET or now - flood.since >= MAX_FLOOD
        )
        over = list(islice(due, MAX_NOTICES))
        for address, _ in over:
            del self.floods[address]
        return [(Only(address, json=True) if each.asked else address, SlowDown(each.lines)) for address, each in over]

    def forget(self, address: Address) -> None:
        """Delete everything about a client."""
        self.floods.pop(address, None)
