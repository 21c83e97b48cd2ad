"""What one client is told alone: it pays for that from its own bucket, and gets long answers a part at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

import attrs

from udpchat.app.hub.pacing import Pacer
from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.dialects import wording
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.rejection import TooManyAnswers
from udpchat.domain.rooms.event import Event, Recalled, Refused, Said, Welcomed

RECALL_PRICE = 60, 24_000  # bytes that each line of an answer of many is charged for, and the most of all: one burst


@attrs.define(eq=False)
class Answers:
    """The answers of a batch; one who is deep in debt for those before is told that it is, and no more."""

    admission: Admission
    max_datagram: int
    pacer: Pacer = attrs.field(init=False)
    _now: float = attrs.field(default=0.0, init=False)
    _indebted: set[Address] = attrs.field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        self.pacer = Pacer(self.max_datagram)

    def begin(self, now: float) -> None:
        """Begin a batch."""
        self._now = now
        self._indebted.clear()

    def to(self, to: Address, event: Event) -> Iterator[tuple[Sequence[Address], bytes]]:
        """Yield the sentences of an answer."""
        if to in self._indebted:
            self.admission.drop(to, self._now)
        elif isinstance(event, Recalled | Welcomed):
            lines = event.lines if isinstance(event, Recalled) else self._safe(to, event.lines)
            price, most = RECALL_PRICE
            if self.admission.charge(to, min(most, price * len(lines)), self._now):
                self._indebted.add(to)
            yield from (((to,), sentence) for sentence in self._recalled(to, lines))
        else:
            for sentence in wording.sentences(event, self.max_datagram):
                yield (to,), sentence
                if self.admission.charge(to, len(sentence), self._now):
                    self._indebted.add(to)

    def _recalled(self, to: Address, lines: Sequence[Said]) -> list[bytes]:
        """Return the first part of what was said, or why there is none."""
        part = self.pacer.answer(to, lines)
        if part or not lines:
            return part
        self.admission.drops[DropReason.ANSWER_REFUSED] += 1
        return wording.sentences(Refused(TooManyAnswers()), self.max_datagram)

    def _safe(self, to: Address, lines: Sequence[Said]) -> Sequence[Said]:
        """Return the last of these lines, as many as may be sent to a newcomer whose address may be forged."""
        account = self.admission.account(to)
        if account is None or account.gain == inf:
            return lines if account else ()
        shown = 0
        for line in reversed(lines):
            size = sum(map(len, wording.sentences(Recalled((line,)), self.max_datagram)))
            if size > account.gain:
                break
            account.gain -= size
            shown += 1
        return lines[len(lines) - shown :]
