"""Datagrams that came back. Each is sent once more; a client for which it comes back again has ended.

A client whose connection has ended is gone at once: nobody can forge that.

The hub decides this and not the carrier, because the carrier does not know the members.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

import attrs

from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.reachability import Suspects
from udpchat.domain.datagram import Bounce
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.ports.carrier import Carrier
from udpchat.domain.rooms.history.reception import Reception
from udpchat.domain.rooms.members.roster import Roster

MAX_UNDELIVERED = 256  # members a second that are noted as having missed something: each is an input for the journal


@attrs.define(eq=False)
class BounceHandler:
    """Finds members whose program has ended, and members that did not receive a datagram."""

    carriers: Mapping[str, Carrier]
    roster: Roster
    admission: Admission
    suspects: Suspects = attrs.field(factory=Suspects, init=False)
    _said: int = attrs.field(default=0, init=False)  # messages in the room at the last tick
    _undelivered: dict[Address, int] = attrs.field(factory=dict, init=False)  # messages that each surely received

    def start(self, said: int) -> None:
        """Start after `said` messages of the room, all of which count as received."""
        self._said = said
        self.suspects.start(said)

    def confirmed(self, bounces: Iterable[Bounce], now: float) -> list[tuple[Address, int]]:
        """Resend datagrams after a first report for a member. Return the members with a second report.

        Those whose connection has ended are among them. Each comes with the number of lines of the room that it
        received before.
        """
        gone: dict[Address, int] = {}
        for bounce in bounces:
            address = bounce.address
            if bounce.ended:
                if address in self.roster:
                    gone.setdefault(address, self.suspects.received)
                continue
            self.admission.count(address, DropReason.UNREACHABLE)
            if address not in self.roster or address in gone:
                continue
            received = self.suspects.report(address, now)
            if received is not None:
                gone[address] = received
            elif bounce.payload:
                self.carriers[address.carrier].send((bounce.payload,), (address,))
            else:
                self._undelivered.setdefault(address, self.suspects.known[address].received)
        return list(gone.items())

    def undelivered(self, reception: Reception) -> list[tuple[Address, int]]:
        """Return members that did not receive a datagram, each with the number of messages that it surely received.

        What was dropped since the last call, about a second ago, holds messages since then and lines that waited then.
        A client may have left since then. At most `MAX_UNDELIVERED` are returned; the others follow at the next calls.
        """
        for carrier in self.carriers.values():
            for address, lines in carrier.undelivered().items():
                received = max(0, self._said - lines)
                if address in self.roster or reception.absent.get(address, 0) > received:
                    self._undelivered.setdefault(address, received)
        self._said = reception.said
        addresses = [*islice(self._undelivered, MAX_UNDELIVERED)]
        return [(address, self._undelivered.pop(address)) for address in addresses]
