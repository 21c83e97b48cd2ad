"""What programs send: objects -> requests for the journal, without secrets."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.app.hub.verdicts import Verdicts
from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.notices import RoomUnreachable, SlowDown
from udpchat.domain.admission.spoken import size_for
from udpchat.domain.admission.token_bucket import TokenBucket
from udpchat.domain.datagram import RECORD_SEPARATOR
from udpchat.domain.dialects.json.decoder import Spoken, SpokenHello, decode_one, records
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.event import Event
from udpchat.domain.grammar import PROGRAMS_SINCE
from udpchat.domain.rooms.audience import Only
from udpchat.domain.rooms.programs.answers import MalformedObject
from udpchat.domain.rooms.requests import Hello, Malformed, Numbered, Request, id_of
from udpchat.domain.text.line import LineTooLong

REFUSAL_RATE = 1000  # lines a second of all clients that are refused by their ids at once: some 20 ms
MAX_REFUSED = 16  # objects of one datagram that are looked at for that: as many as clients send at once


@attrs.define(eq=False)
class Objects:
    """Decides what the journal gets of objects that the gate passed, and answers those that are refused."""

    admission: Admission
    verdicts: Verdicts
    _refusals: TokenBucket = attrs.field(factory=lambda: TokenBucket(REFUSAL_RATE), init=False)

    def may_ask(self, sender: Address) -> bool:
        """Return whether requests can be journalled. While nodes of an older version are there, they cannot."""
        if self.verdicts.state.grammar >= PROGRAMS_SINCE:
            return True
        self.admission.count(sender, DropReason.UNCOMMITTED)
        self._tell(sender, RoomUnreachable())
        return False

    def requests(self, sender: Address, asked: Iterable[Spoken]) -> list[Request]:
        """Return what is asked, without secrets. Count the lines that are too long.

        A stranger that says hello comes in by that, whatever stands in front of it.
        """
        if sender not in self.verdicts.state.roster:
            asked = sorted(asked, key=lambda each: not isinstance(each, SpokenHello))
        kept = [self._without_secrets(sender, each) for each in asked]
        return [each for each in kept if each is not None]

    def refuse(self, sender: Address, dropped: bytes, max_line: int, now: float) -> None:
        """Answer a client whose objects exceeded a rate."""
        texts = records(dropped)
        for text in texts[:MAX_REFUSED]:
            self.refuse_one(sender, decode_one(text, max_line), now)
        if len(texts) > MAX_REFUSED:
            self.admission.notices.add(sender, len(texts) - MAX_REFUSED, now, asked=True)

    def refuse_one(self, sender: Address, asked: Spoken, now: float) -> None:
        """Answer a line with an id at once, if that is not too often. Others are counted for a notice later."""
        number = id_of(asked)
        if number and self._refusals.try_take(1, now):
            self.admission.pending_replies.append((Only(sender, json=True, id=number), SlowDown(1)))
        else:
            self.admission.notices.add(sender, 1, now, asked=True)

    def _tell(self, sender: Address, answer: Event) -> None:
        """Answer whoever the gate let in, if that is not more than an address may get that has proven nothing."""
        quota, size = self.admission.quotas.clients.get(sender), size_for(RECORD_SEPARATOR, answer)
        if quota is not None and size <= quota.allowance:
            quota.allowance -= size
            self.admission.pending_replies.append((Only(sender, json=True), answer))

    def _without_secrets(self, sender: Address, asked: Spoken) -> Request | None:
        if isinstance(asked, SpokenHello):
            self.verdicts.prove(sender, asked.enter.split())
            session, following = self.verdicts.sessions(asked.session)
            return Hello(asked.nick, session, asked.places, following)
        if isinstance(asked, Malformed) and sender not in self.verdicts.state.roster:
            self._tell(sender, MalformedObject(asked.code))
            return None
        if not isinstance(asked, Numbered):
            return asked
        if isinstance(asked.line, LineTooLong):
            self.admission.count(sender, DropReason.LINE_TOO_LONG)
            return asked
        line = self.verdicts.without_secrets(sender, asked.line)
        return None if line is None else attrs.evolve(asked, line=line)
