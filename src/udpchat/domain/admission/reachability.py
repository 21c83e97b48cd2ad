"""Which clients are gone: those to which datagrams came back twice within a short time.

One report is not enough. A forged ICMP message can cause one, and a program may be restarting at its port.

A report says that a datagram came back, but not which messages were in it. It arrives much less than a second after
the datagram was sent. So a client that is gone counts as having received the messages of the room that were at least a
second old at the first report. It may have received a few more, but never fewer.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from udpchat.domain.address import Address

MAX_PROBE = 10.0  # seconds from the first report to the one that confirms it; no network path takes longer to report


@attrs.frozen
class Suspicion:
    """A datagram came back at `since`, in seconds. The client received at least the first `received` messages."""

    since: float
    received: int


@attrs.define(eq=False)
class Suspects:
    """The addresses to which one datagram came back recently."""

    known: dict[Address, Suspicion] = attrs.field(factory=dict, init=False)
    _said: int = attrs.field(default=0, init=False)  # messages in the room at the last tick
    _said_before: int = attrs.field(default=0, init=False)  # and at the tick before, which was at least a second ago

    @property
    def received(self) -> int:
        """How many messages a client has received, at least, if it is found to be gone now."""
        return self._said_before

    def start(self, said: int) -> None:
        """Start after `said` messages of the room, all of which count as received."""
        self._said = self._said_before = said

    def report(self, address: Address, now: float) -> int | None:
        """Note that a datagram came back.

        If this confirms an earlier report, the address is gone, and no suspect any more: return the number of messages
        that it received. Otherwise return None.
        """
        suspicion = self.known.pop(address, None)
        if suspicion is not None and now - suspicion.since <= MAX_PROBE:
            return suspicion.received
        self.known[address] = Suspicion(now, self._said_before)
        return None

    def clear(self, address: Address) -> None:
        """Forget a suspicion: the address sent something, or its client left."""
        self.known.pop(address, None)

    def tick(self, now: float, said: int, is_member: Callable[[Address], bool]) -> None:
        """Forget suspicions that are too old, and clients that left. There are `said` messages by now.

        Call this about once a second, never sooner.
        """
        self._said_before, self._said = self._said, said
        for address, suspicion in list(self.known.items()):
            if abs(now - suspicion.since) > MAX_PROBE or not is_member(address):
                del self.known[address]
