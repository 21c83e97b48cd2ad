"""Long answers, a part at a time, so that they overrun nobody's receive buffer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

import attrs

from udpchat.domain.address import Address
from udpchat.domain.dialects import packing, wording
from udpchat.domain.rooms.event import Recalled, Said

PACE = 0.1  # seconds between two parts
PART = 16_384  # bytes of a part: a tenth of what a receive buffer of the usual 212,992 bytes takes of small datagrams
MAX_WAITING = 1000  # answers that wait, which are 160 MB/s; who asks for one more is told to ask later

Send = Callable[[Sequence[bytes], Sequence[Address]], None]


@attrs.define(eq=False)
class Pacer:
    """What is left of each long answer, which comes in parts of `part` bytes: the last one that each has asked for."""

    max_datagram: int
    part: int = PART
    _waiting: dict[Address, Iterator[bytes]] = attrs.field(factory=dict, init=False)

    def __len__(self) -> int:
        return len(self._waiting)

    def answer(self, address: Address, lines: Sequence[Said]) -> list[bytes]:
        """Return the sentences of the first part of an answer; keep the rest, and nothing of others to this address.

        Return none where there is a rest, and too much waits: what cannot be ended is not begun.
        """
        self._waiting.pop(address, None)
        rest = (sentence for line in lines for sentence in wording.sentences(Recalled((line,)), self.max_datagram))
        part = self._part(rest)
        more = next(rest, None)
        if more is None:
            return part
        if len(self._waiting) >= MAX_WAITING:
            return []
        self._waiting[address] = chain([more], rest)
        return part

    def go_on(self, send: Send, is_here: Callable[[Address], bool]) -> None:
        """Send the next part of each answer; forget those to addresses that are not here any more."""
        for address, rest in list(self._waiting.items()):
            part = self._part(rest) if is_here(address) else []
            if not part:
                del self._waiting[address]
            for to, datagrams in packing.pack((((address,), sentence) for sentence in part), self.max_datagram):
                send(datagrams, to)

    def _part(self, rest: Iterator[bytes]) -> list[bytes]:
        """Return the sentences of the next part: none at the end, else one or more."""
        part, left = [], self.part
        for sentence in rest:
            part.append(sentence)
            left -= len(sentence)
            if left <= 0:
                break
        return part
