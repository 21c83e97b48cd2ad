"""The journal of a room that outlives its server, in a file.

What it can not do: be written by two servers at once. While the file cannot be written the room goes on without, which
is logged; what is said in that time is in no journal until the next snapshot, which is tried again and again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import attrs
import structlog

from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.journal.errors import JournalError, Unreadable
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.ports.journal import Recovered
from udpchat.domain.rooms.inputs import Input

SNAPSHOT_EVERY = 50_000  # inputs: a second or less of a start
RETRY_EVERY = 5.0  # seconds until a file that could not be written is tried again

_CLOSED = "closed"  # the fact that all up to this place was sent

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class SqliteJournal:
    """A `Journal` in a file, which keeps the last `keep` inputs at least for replay; `timer` counts seconds."""

    file: JournalFile
    codec: Codec
    keep: int
    timer: Callable[[], float] = time.monotonic
    commit_timeout: float = attrs.field(default=0.0, init=False)
    full: bool = attrs.field(default=False, init=False)
    _last: int = attrs.field(default=0, init=False)  # place of the last input, written or not
    _saved: int = attrs.field(default=0, init=False)
    _committed: Sequence[Input] = attrs.field(default=(), init=False)
    _lost_at: float | None = attrs.field(default=None, init=False)  # when the file could not be written

    @property
    def due(self) -> bool:
        """Whether a snapshot is to be saved: as there are many inputs to it, or to take up a journal that has a gap."""
        if self._lost_at is not None:
            return self.timer() - self._lost_at >= RETRY_EVERY
        return self._last - self._saved >= SNAPSHOT_EVERY

    def recover(self) -> Recovered:
        """Return the last snapshot and what came after it; raise `JournalError`."""
        path = self.file.path
        if self.file.full:
            self._lost(self.file.full)
        last, batch = self.file.last()
        snapshots = self.file.snapshots()
        try:
            self._saved, state = 0, Snapshot()
            if snapshots:
                self._saved, document = snapshots[-1]
                state = self.codec.state(document)
            else:
                self.file.save(0, self.codec.document(state), self.keep)
            self._last = max(last, self._saved)
            inputs = list(self._tail())
        except Unreadable as exc:
            raise JournalError(f"the journal {path} {exc}") from exc
        unsent = 0 if self.file.fact(_CLOSED) == self._last else len(inputs[max(0, batch - self._saved - 1) :])
        return Recovered(state, inputs, unsent)

    def _tail(self) -> Iterator[Input]:
        for place, (seq, row) in enumerate(self.file.inputs(self._saved), self._saved + 1):
            if seq != place:
                raise Unreadable(f"has no input {place}: it is damaged")
            yield self.codec.input(row)

    def append(self, inputs: Sequence[Input]) -> None:
        """Write inputs; they are committed then, or the journal has a gap."""
        first = self._last + 1
        self._last += len(inputs)
        self._committed = [*self._committed, *inputs] if self._committed else inputs
        if self._lost_at is None:
            try:
                self.file.write(first, map(self.codec.row, inputs))
            except JournalError as exc:
                self._lost(exc)

    def _lost(self, why: JournalError) -> None:
        log.error("journal lost: the room goes on without", reason=str(why))
        self._lost_at = self.timer()

    def committed(self) -> Sequence[Input]:
        """Return the inputs taken since the last call."""
        inputs, self._committed = self._committed, ()
        return inputs

    def refused(self) -> Sequence[Input]:
        """Return nothing: what cannot be written is committed all the same."""
        return ()

    def save(self, state: Snapshot) -> None:
        """Write a snapshot, after which the journal has no gap that matters."""
        try:
            self.file.save(self._last, self.codec.document(state), self.keep)
        except JournalError as exc:
            log.error("snapshot not saved", reason=str(exc))  # noqa: TRY400 - it says it all
            self._lost_at = self.timer()
            return
        if self._lost_at is not None:
            log.warning("journal resumed: what was said meanwhile is in /history, and not in the journal")
        self._saved, self._lost_at = self._last, None

    def close(self) -> None:
        """Close the file, and note that everything was sent, if that can be."""
        if self._lost_at is None:
            try:
                self.file.note(_CLOSED, self._last)
            except JournalError as exc:
                log.error("journal not closed", reason=str(exc))  # noqa: TRY400 - it says it all
        self.file.close()
