"""Which clients must be notified that lines of theirs were dropped."""

from __future__ import annotations

from math import inf

import attrs

from udpchat.domain.address import Address
from udpchat.domain.admission.notices import SlowDown

NOTICE_INTERVAL = 5.0  # seconds between two notices to one client, so that a flood is not answered line by line


@attrs.define(eq=False)
class DropNotices:
    """Counts the dropped lines of each client, and notifies the client of their number from time to time."""

    pending: dict[Address, int] = attrs.field(factory=dict, init=False)  # lines dropped since the last notice
    _sent_at: dict[Address, float] = attrs.field(factory=dict, init=False)  # time of the last notice, in seconds

    def add(self, address: Address, lines: int, now: float) -> SlowDown | None:
        """Count dropped lines of a client. Return the notice to send at once, or None if the last one is too recent."""
        self.pending[address] = self.pending.get(address, 0) + lines
        return self._notice(address, now)

    def due(self, now: float) -> list[tuple[Address, SlowDown]]:
        """Return the notices that were too early when the lines were dropped, and are not now."""
        notices = [(address, self._notice(address, now)) for address in list(self.pending)]
        return [(address, notice) for address, notice in notices if notice]

    def forget(self, address: Address) -> None:
        """Delete everything about a client."""
        self.pending.pop(address, None)
        self._sent_at.pop(address, None)

    def _notice(self, address: Address, now: float) -> SlowDown | None:
        if 0 <= now - self._sent_at.get(address, -inf) < NOTICE_INTERVAL:
            return None
        self._sent_at[address] = now
        return SlowDown(self.pending.pop(address))
