"""What follows outside of the chat when somebody acted by a right: the log, and who is no client any more."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import structlog

from udpchat.app.logs.presence import Departures
from udpchat.domain.admission.gate import Admission
from udpchat.domain.rooms.acts import Act
from udpchat.domain.rooms.audience import Delivery

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class ActFollower:
    """Logs each act once, and lets the gate forget those that it removed."""

    admission: Admission
    left: Departures

    def follow(self, deliveries: Sequence[Delivery]) -> None:
        """Follow the acts among some deliveries, after these are under way."""
        acts = {id(event): event for _, event in deliveries if isinstance(event, Act)}
        for act in acts.values():
            record = act.record()
            log.info("act", **record)
            for address, nickname in act.expelled:
                self.left.add(address, nickname, record["act"])
                self.admission.expel(address)
