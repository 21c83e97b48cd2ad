"""The port `Journal`: how the app puts inputs in one order and keeps them. Every journal passes its contract tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import attrs

from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.rooms.inputs import Input


@attrs.frozen
class Recovered:
    """What a journal has kept: a state, and the inputs that followed.

    The last `unsent` inputs were committed, but the server may have ended before it sent their results.
    """

    state: Snapshot
    inputs: Iterable[Input] = ()
    unsent: int = 0


class Journal(Protocol):
    """Takes inputs, and returns them in one order once they are committed. The state of the room is their result.

    Inputs may come back late, many at a time, and with inputs of other servers among them; the sender of an input says
    which server it came to. The caller must not send anything because of an input that has not come back.
    """

    @property
    def commit_timeout(self) -> float:
        """The seconds within which an input comes back, as committed or expired; 0 if it comes back at once."""

    @property
    def snapshot_due(self) -> bool:
        """Whether the caller should call `save`."""

    @property
    def full(self) -> bool:
        """Whether so many inputs are not committed yet that the caller should append no more for now."""

    def recover(self) -> Recovered:
        """Return what was kept by earlier servers. Call this once, before all else."""

    def append(self, inputs: Sequence[Input]) -> None:
        """Take inputs, in order, and return at once."""

    def committed(self) -> Sequence[Input]:
        """Return the inputs that were committed since the last call, in order. Each input is returned once."""

    def expired(self) -> Sequence[Input]:
        """Return the inputs that were given up since the last call, because they were not committed in time."""

    def tick(self) -> None:
        """Do what is due as time passes; the caller calls this about once a second."""

    def forget(self) -> None:
        """Let the next `save` delete all earlier inputs, so that nothing of them stays; it is due now.

        A journal that cannot says so in its own documentation.
        """

    def save(self, state: Snapshot) -> None:
        """Keep the state after all committed inputs, so that a start need not read the inputs before it."""

    def close(self) -> None:
        """Release what the journal holds. If `save` was called just before, everything committed counts as sent.

        Otherwise the last inputs count as unsent, as after a crash.
        """
