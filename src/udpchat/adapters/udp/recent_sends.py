"""RecentSends: the last datagrams sent, kept to identify those that an ICMP error returns."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence

import attrs

from udpchat.adapters.udp.sockets.error_queue import Report
from udpchat.domain.address import Address
from udpchat.domain.datagram import Bounce

# Older datagrams cannot be identified; a closed client bounces the next line too. Remembering more would keep more
# memory in use and out of the processor's cache: that costs a busy room a fifth of its speed.
MAX_REMEMBERED = 4
MAX_COMPARED = 500_000  # datagrams compared for one batch of reports: 50 ms, even if an attacker forges them


@attrs.define(eq=False)
class RecentSends:
    """The last datagrams, newest first, in the runs in which they were sent, each with its audience."""

    _runs: deque[tuple[Sequence[bytes], Sequence[Address], Collection[Address]]] = attrs.field(
        factory=deque, init=False
    )
    _count: int = attrs.field(default=0, init=False)  # datagrams in all runs

    def remember(self, datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address]) -> None:
        """Remember a run for all `addresses` except those in `but`, and drop the oldest runs."""
        self._runs.appendleft((datagrams, addresses, but))
        self._count += len(datagrams)
        while self._count > MAX_REMEMBERED and len(self._runs) > 1:
            self._count -= len(self._runs.pop()[0])

    def bounces(self, reports: Iterable[Report]) -> Iterator[Bounce]:
        """Yield the bounce of each report.

        A quote may be forged, or come from a bundle that was returned as one datagram. So it only identifies the
        datagram, and the bounce has the payload as it was sent.
        """
        audiences: dict[int, set[Address]] = {}  # of the runs that a quote was found in
        left = MAX_COMPARED
        for report in reports:
            payload = b""
            for place, (datagrams, addresses, but) in enumerate(self._runs if report.quote else ()):
                left -= len(datagrams)
                lost = _quoted(report.quote, datagrams) if left > 0 else b""
                if lost and place not in audiences:
                    audiences[place] = set(addresses).difference(but)
                if lost and report.address in audiences[place]:
                    payload = lost
                    break
            yield Bounce(payload, report.address)


def _quoted(quote: bytes, datagrams: Sequence[bytes]) -> bytes:
    """Return the first datagram that a quote is from, or b""."""
    return next((one for one in datagrams if one.startswith(quote) or quote.startswith(one)), b"")
