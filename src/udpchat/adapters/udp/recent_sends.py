"""What a transport sent last: for when some of it comes back, and is to be told which datagram it was."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import attrs

from udpchat.adapters.udp.error_queue import Report
from udpchat.domain.address import Address
from udpchat.domain.datagram import Bounce

# Datagrams sent last, among which what came back is looked for; of what is older the next line tells. More would be
# memory that is cold when it is used again, which costs a busy room a fifth of its speed.
MAX_REMEMBERED = 4
MAX_COMPARED = 500_000  # datagrams compared for one batch of reports: some 50 ms, however they are forged


@attrs.define(eq=False)
class RecentSends:
    """The last datagrams, newest first, in the runs in which they were sent, each with its audience."""

    _runs: deque[tuple[Sequence[bytes], Sequence[Address]]] = attrs.field(factory=deque, init=False)
    _count: int = attrs.field(default=0, init=False)  # datagrams in all runs

    def remember(self, datagrams: Sequence[bytes], addresses: Sequence[Address]) -> None:
        """Keep what is being sent, and of what was sent before only so much."""
        self._runs.appendleft((datagrams, addresses))
        self._count += len(datagrams)
        while self._count > MAX_REMEMBERED and len(self._runs) > 1:
            self._count -= len(self._runs.pop()[0])

    def bounces(self, reports: Iterable[Report]) -> Iterator[Bounce]:
        """Yield the bounce of each report.

        A quote may be forged, or of a bundle that came back as one, so it only tells which of our datagrams it was.
        """
        audiences: dict[int, set[Address]] = {}  # as sets, of those runs that are asked for
        left = MAX_COMPARED
        for report in reports:
            payload = b""
            for place, (datagrams, addresses) in enumerate(self._runs if report.quote else ()):
                left -= len(datagrams)
                lost = _quoted(report.quote, datagrams) if left > 0 else b""
                if lost and place not in audiences:
                    audiences[place] = set(addresses)
                if lost and report.address in audiences[place]:
                    payload = lost
                    break
            yield Bounce(payload, report.address)


def _quoted(quote: bytes, datagrams: Sequence[bytes]) -> bytes:
    """Return the first datagram that a quote is from, or b""."""
    return next((one for one in datagrams if one.startswith(quote) or quote.startswith(one)), b"")
