"""The journal of a room on one server, in a file.

Limit: while the file cannot be written, the room continues without a journal. Inputs of that time are never written;
the next snapshot contains their effect.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import attrs
import structlog

from udpchat.adapters.journal.codec import Codec
from udpchat.adapters.journal.errors import Damaged, JournalError, Unreadable
from udpchat.adapters.sqlite.errors import unreadable
from udpchat.adapters.sqlite.file import JournalFile
from udpchat.domain.machine.snapshot import Snapshot
from udpchat.domain.ports.journal import Recovered
from udpchat.domain.rooms.inputs import Input

SNAPSHOT_EVERY = 50_000  # inputs: a start replays them in a second or less
RETRY_EVERY = 5.0  # seconds between two attempts to write a file that could not be written

_CLOSED = "closed"  # the fact whose value is the number of the last input at an orderly end: all of it was sent

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class SqliteJournal:
    """The port `Journal` on a file. It commits at once.

    `keep` is the smallest number of inputs that stay in the file for a replay. `timer` counts seconds and never jumps.
    """

    file: JournalFile
    codec: Codec
    keep: int
    timer: Callable[[], float] = time.monotonic
    commit_timeout: float = attrs.field(default=0.0, init=False)
    full: bool = attrs.field(default=False, init=False)
    _last: int = attrs.field(default=0, init=False)  # number of the last input, written or not
    _saved: int = attrs.field(default=0, init=False)  # number of the last input before the newest snapshot
    _committed: Sequence[Input] = attrs.field(default=(), init=False)
    _is_lost: bool = attrs.field(default=False, init=False)  # whether inputs are not written
    _retry_at: float | None = attrs.field(init=False)  # when to save again what failed; None if nothing did

    @_retry_at.default
    def _(self) -> float | None:
        return self.timer() if self.file.has_secrets else None

    @property
    def snapshot_due(self) -> bool:
        """Whether to save a snapshot: many inputs follow the last one, or it is time to retry what failed."""
        if self._retry_at is not None:
            return self.timer() >= self._retry_at
        return self._last - self._saved >= SNAPSHOT_EVERY

    @property
    def lost(self) -> bool:
        """Whether the room continues without the file, until a snapshot can be saved."""
        return self._is_lost

    def recover(self) -> Recovered:
        """Return the newest snapshot and the inputs after it; raise `JournalError`."""
        tables = self.file.tables
        if self.file.disk_full:
            self._lost(self.file.disk_full)
        last, batch = tables.last_batch()
        snapshots = tables.snapshots()
        try:
            self._saved, state = 0, Snapshot()
            if snapshots:
                self._saved, document = snapshots[-1]
                state = self.codec.state(document)
            else:
                tables.save(0, self.codec.document(state), self.keep)
            self._last = max(last, self._saved)
            inputs = list(self._inputs_after_snapshot())
        except Unreadable as exc:
            raise unreadable(tables.path, exc) from exc
        # A process that was killed may have committed its last batch without sending it.
        unsent = 0 if tables.fact(_CLOSED) == self._last else len(inputs[max(0, batch - self._saved - 1) :])
        return Recovered(state, inputs, unsent)

    def _inputs_after_snapshot(self) -> Iterator[Input]:
        for expected, (number, row) in enumerate(self.file.tables.inputs(self._saved), self._saved + 1):
            if number != expected:
                raise Unreadable(f"has no input {expected}")
            yield self.codec.input(row)

    def append(self, inputs: Sequence[Input]) -> None:
        """Write and commit inputs. If the file cannot be written, commit them without writing."""
        first = self._last + 1
        self._last += len(inputs)
        self._committed = [*self._committed, *inputs] if self._committed else inputs
        if not self._is_lost:
            try:
                self.file.tables.write(first, map(self.codec.row, inputs))
            except JournalError as exc:
                self._lost(exc)

    def tick(self) -> None:
        """Look whether the file is still what and where it should be. If not, a snapshot is due, in a new file."""
        if not self._is_lost:
            try:
                self.file.look()
            except JournalError as exc:
                self._lost(exc)

    def _lost(self, why: JournalError) -> None:
        log.error("journal lost: the room continues without it", reason=str(why))
        self._failed(why)
        if self.file.lost:
            self._retry_at = self.timer()  # a new file may work at once

    def _failed(self, why: JournalError) -> None:
        self._is_lost, self._retry_at = True, self.timer() + RETRY_EVERY
        if isinstance(why, Damaged):
            self.file.lost = why

    def committed(self) -> Sequence[Input]:
        """Return the inputs appended since the last call."""
        inputs, self._committed = self._committed, ()
        return inputs

    def expired(self) -> Sequence[Input]:
        """Return nothing: inputs are committed even if they cannot be written."""
        return ()

    def forget(self) -> None:
        """Note in the file that its inputs must be deleted, so that a server after a crash does it."""
        self._retry_at = self.timer()
        try:
            self.file.note_secrets()
        except JournalError as exc:
            log.warning("old inputs are not deleted yet", reason=str(exc))

    def save(self, state: Snapshot) -> None:
        """Write a snapshot, in a new file if the file is lost. If that works, inputs are written again from here on."""
        self.tick()
        try:
            aside = self.file.mend()
            self.file.tables.save(self._last, self.codec.document(state), self.keep)
        except JournalError as exc:
            log.error("snapshot not saved", reason=str(exc))  # noqa: TRY400 - the sentence says everything
            self._failed(exc)
            return
        if self._is_lost:
            kept = {"moved_aside": str(aside)} if aside else {}
            log.warning("journal resumed: lines said while it was lost are in /history, not in the journal", **kept)
        self._saved, self._is_lost, self._retry_at = self._last, False, None
        if self.file.has_secrets:
            self._forget_secrets()

    def _forget_secrets(self) -> None:
        try:
            self.file.forget_secrets()
        except JournalError as exc:
            log.warning("old inputs are not deleted yet", reason=str(exc))
            self._retry_at = self.timer() + RETRY_EVERY

    def close(self) -> None:
        """Close the file. If a snapshot was saved just before, record that everything was sent."""
        if not self._is_lost and self._saved == self._last:
            try:
                self.file.tables.set_fact(_CLOSED, self._last)
            except JournalError as exc:
                log.error("journal not closed", reason=str(exc))  # noqa: TRY400 - the sentence says everything
        self.file.close()
