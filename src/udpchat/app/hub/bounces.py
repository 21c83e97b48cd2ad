"""Datagrams that came back: each is sent once more. A client that does not get that one either is gone.

The hub decides this, and no carrier: only the hub knows who is a member, and what two reports mean.
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
        """Send again what came back for the first time. Return the members for which it came back for the second time.

        With each stands how many lines of the room it received before.
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
