"""Log lines for what was dropped, at level debug."""

from __future__ import annotations

import attrs
import structlog

from udpchat.domain.drop_reason import DropCounts, DropReason

log = structlog.get_logger(__name__)


def log_drop(address: object, reason: DropReason, number: int = 1) -> None:
    """Log that datagrams or lines from one address, or to it, were dropped."""
    log.debug("dropped", sender=str(address), reason=reason.value, number=number)


@attrs.define(eq=False)
class DropLog:
    """Logs how much `drops` has grown, for each reason."""

    drops: DropCounts
    _logged: DropCounts = attrs.field(factory=DropCounts, init=False)

    def log(self) -> None:
        """Log what was dropped since the last call, if anything was."""
        if new := self.drops - self._logged:
            log.debug("dropped recently", **{reason.value: number for reason, number in new.items()})
            self._logged = DropCounts(self.drops)
