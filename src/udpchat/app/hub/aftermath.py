"""What follows outside of the chat when an input was handled: the log of acts, and who is no client any more."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import structlog

from udpchat.app.hub.console import Console
from udpchat.app.hub.intake import Intake
from udpchat.app.logs.presence import Departures
from udpchat.domain.admission.gate import Admission
from udpchat.domain.ports.journal import Journal
from udpchat.domain.rooms.acts import Act
from udpchat.domain.rooms.audience import Delivery
from udpchat.domain.rooms.inputs import Administered, Idle, Input

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class Aftermath:
    """Follows inputs, after their deliveries are under way."""

    admission: Admission
    intake: Intake
    console: Console
    left: Departures
    journal: Journal

    def of_line(self, given: Input, deliveries: Sequence[Delivery], now: float) -> None:
        """Log each act once, let the gate forget those that it removed, and answer the machine.

        A client that was removed may come in by a line that the gate passed before. Then the gate lets it in too, at
        `now`.
        """
        acts = {id(event): event for _, event in deliveries if isinstance(event, Act)}
        for act in acts.values():
            record = act.record()
            log.info("act", **record)
            if act.erases:
                self.journal.forget()
            for address, nickname in act.expelled:
                self.left.add(address, nickname, record["act"])
                self.admission.expel(address)
        if given.sender in self.admission.expelled and given.sender in self.intake.bounces.roster.clients.members:
            self.admission.restore(given.sender, now)
        if isinstance(given.line, Administered):
            self.console.finish(given.entropy)

    def of_control(self, given: Input, deliveries: Sequence[Delivery]) -> None:
        """Remember why clients left. If the quota of an idle one is gone, its carrier forgets it after this turn."""
        self.left.add_all(given, deliveries)
        if isinstance(given.line, Idle):
            self.intake.strangers.append(given.sender)
