"""Datagrams that came back. Each is sent once more; a client for which it comes back again has ended.

The hub decides this and not the carrier, because the carrier does not know the members.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.reachability import Suspects
from udpchat.domain.datagram import Bounce
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.ports.carrier import Carrier
from udpchat.domain.rooms.roster import Roster


@attrs.define(eq=False)
class BounceHandler:
    """Finds members whose program has ended."""

    carriers: Mapping[str, Carrier]
    roster: Roster
    admission: Admission
    suspects: Suspects = attrs.field(factory=Suspects, init=False)

    def confirmed(self, bounces: Iterable[Bounce], now: float) -> list[tuple[Address, int]]:
        """Resend datagrams after a first report for a member. Return the members with a second report.

        Each comes with the number of lines of the room that it received before.
        """
        gone: dict[Address, int] = {}
        for bounce in bounces:
            address = bounce.address
            self.admission.count(address, DropReason.UNREACHABLE)
            if address not in self.roster or address in gone:
                continue
            received = self.suspects.report(address, now)
            if received is not None:
                gone[address] = received
            elif bounce.payload:
                self.carriers[address.carrier].send((bounce.payload,), (address,))
        return list(gone.items())
