"""Who may be gone: an address is, when what was sent to it came back twice within a short time.

One report is not enough: a forged ICMP message can bring one, and a program may just be starting again at its port.

What somebody who is gone heard last is not known for sure: a report tells that a datagram came back, but not which
lines were in it. So it counts as having heard what was said a second or more before the first report, which takes far
less than that to come. That may be a line less than it heard, and is none that it did not.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from udpchat.domain.address import Address

MAX_PROBE = 10.0  # seconds in which a second report confirms the first: no path takes longer to tell


@attrs.frozen
class Suspicion:
    """One datagram came back at `since`; before it `heard` lines of the room were heard, or more."""

    since: float
    heard: int


@attrs.define(eq=False)
class Suspects:
    """The addresses of which one datagram came back lately."""

    known: dict[Address, Suspicion] = attrs.field(factory=dict, init=False)
    _said: int = attrs.field(default=0, init=False)  # lines, at the last tick
    _said_before: int = attrs.field(default=0, init=False)  # at the one before, a second or more ago

    def start(self, said: int) -> None:
        """Begin where everybody may have heard so many lines."""
        self._said = self._said_before = said

    def gone(self, address: Address, now: float) -> int | None:
        """Take a report; if it is the second, the address is gone, and no suspect any more: return what it heard."""
        suspicion = self.known.pop(address, None)
        if suspicion is not None and now - suspicion.since <= MAX_PROBE:
            return suspicion.heard
        self.known[address] = Suspicion(now, self._said_before)
        return None

    def clear(self, address: Address) -> None:
        """Forget the suspicion: the address was heard from, or is nobody's any more."""
        self.known.pop(address, None)

    def tick(self, now: float, said: int, is_member: Callable[[Address], bool]) -> None:
        """Forget all that is too old to be confirmed, and who left by itself; so many lines were said by now.

        To be called every second or so.
        """
        self._said_before, self._said = self._said, said
        for address, suspicion in list(self.known.items()):
            if abs(now - suspicion.since) > MAX_PROBE or not is_member(address):
                del self.known[address]
