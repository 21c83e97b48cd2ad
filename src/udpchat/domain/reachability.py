"""Who may be gone: an address is, when what was sent to it came back twice within a short time.

One report is not enough: a forged ICMP message can bring one, and a program may just be starting again at its port.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from udpchat.domain.ports import Address

MAX_PROBE = 10.0  # seconds in which a second report confirms the first: no path takes longer to tell


@attrs.define(eq=False)
class Suspects:
    """The addresses of which one datagram came back lately, and when."""

    since: dict[Address, float] = attrs.field(factory=dict, init=False)

    def confirms(self, address: Address, now: float) -> bool:
        """Take a report; return whether it is the second, by which the address is gone, and no suspect any more."""
        since = self.since.pop(address, None)
        if since is not None and now - since <= MAX_PROBE:
            return True
        self.since[address] = now
        return False

    def clear(self, address: Address) -> None:
        """Forget the suspicion: the address was heard from, or is nobody's any more."""
        self.since.pop(address, None)

    def expire(self, now: float, is_member: Callable[[Address], bool]) -> None:
        """Forget all that is too old to be confirmed, and who left by itself."""
        for address, since in list(self.since.items()):
            if abs(now - since) > MAX_PROBE or not is_member(address):
                del self.since[address]
