"""What is done about datagrams that came back: each is sent once more, and who does not get that either is gone."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.app.logs.drops import log_drop
from udpchat.domain.address import Address
from udpchat.domain.admission.reachability import Suspects
from udpchat.domain.datagram import Bounce
from udpchat.domain.drop_reason import DropCounts, DropReason
from udpchat.domain.ports.carrier import Carrier
from udpchat.domain.rooms.roster import Roster


@attrs.define(eq=False)
class BounceHandler:
    """Members whose program may have ended."""

    carrier: Carrier
    roster: Roster
    drops: DropCounts
    show: bool  # log each
    suspects: Suspects = attrs.field(factory=Suspects, init=False)

    def among(self, bounces: Iterable[Bounce], now: float) -> list[tuple[Address, int]]:
        """Send what came back once more; return who is gone because that came back too, and what each heard before."""
        gone: dict[Address, int] = {}
        for bounce in bounces:
            address = bounce.address
            self.drops[DropReason.UNREACHABLE] += 1
            if self.show:
                log_drop(address, DropReason.UNREACHABLE)
            if address not in self.roster or address in gone:
                continue
            heard = self.suspects.gone(address, now)
            if heard is not None:
                gone[address] = heard
            elif bounce.payload:
                self.carrier.send((bounce.payload,), (address,))
        return list(gone.items())
