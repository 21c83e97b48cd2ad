"""Who else looks at the state, besides the hub."""

from __future__ import annotations

from typing import Protocol

from udpchat.domain.rooms.inputs import Input


class Observer(Protocol):
    """Somebody who looks at the state whenever a node starts or sends a heartbeat."""

    def saw(self, given: Input) -> None:
        """Look at a start or a heartbeat that was handled just now."""
