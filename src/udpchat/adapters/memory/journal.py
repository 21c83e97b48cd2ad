"""A journal in memory: it commits inputs at once.

Limit: it remembers nothing after the server ends.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.ports.journal import Recovered
from udpchat.domain.rooms.inputs import Input


@attrs.define(eq=False)
class MemoryJournal:
    """A `Journal` that returns every input as committed."""

    commit_timeout: float = attrs.field(default=0.0, init=False)
    snapshot_due: bool = attrs.field(default=False, init=False)
    full: bool = attrs.field(default=False, init=False)
    _inputs: Sequence[Input] = attrs.field(default=(), init=False)

    def recover(self) -> Recovered:
        """Return an empty state."""
        return Recovered(Snapshot())

    def append(self, inputs: Sequence[Input]) -> None:
        """Take inputs."""
        self._inputs = [*self._inputs, *inputs] if self._inputs else inputs

    def committed(self) -> Sequence[Input]:
        """Return the inputs taken since the last call."""
        inputs, self._inputs = self._inputs, ()
        return inputs

    def expired(self) -> Sequence[Input]:
        """Return nothing."""
        return ()

    def tick(self) -> None:
        """Do nothing."""

    def forget(self) -> None:
        """Do nothing: no input is kept."""

    def save(self, state: Snapshot) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
