"""The port `Journal`: where what the chat is told gets its one order, and is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import attrs

from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.rooms.inputs import Input


@attrs.frozen
class Recovered:
    """What a journal remembers: a state, what came after it, and how many of the last inputs may be unsent."""

    state: Snapshot
    inputs: Iterable[Input] = ()
    unsent: int = 0


class Journal(Protocol):
    """Takes inputs, and gives them back committed, in one order: the state of the room is what they make of it.

    What is given back may be later than what was taken, many at a time, and of other servers too, with clients of
    their own; their addresses tell whose. Nothing is to be sent because of an input before it comes back.
    """

    @property
    def commit_timeout(self) -> float:
        """Seconds within which what was taken is given back, as committed or refused; 0 where that is at once."""

    @property
    def due(self) -> bool:
        """Whether a snapshot is to be saved."""

    @property
    def full(self) -> bool:
        """Whether so much waits to be committed that nothing more is to be read for now."""

    def recover(self) -> Recovered:
        """Return what is remembered from before; to be called once, first."""

    def append(self, inputs: Sequence[Input]) -> None:
        """Take inputs, in order, and return at once."""

    def committed(self) -> Sequence[Input]:
        """Return what was committed since the last call, each input once, in order."""

    def refused(self) -> Sequence[Input]:
        """Return what was taken and given up since the last call: it was not committed in time."""

    def save(self, state: Snapshot) -> None:
        """Keep the state that everything committed so far has made, so that a start need not go back further."""

    def close(self) -> None:
        """Give back what the journal holds. All that was committed was also sent, if `save` was called just before."""
