"""What a room was told lately, for programs that lost some of it. Each event has a number, one more than the last."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import Any

import attrs

from udpchat.domain.event import Event
from udpchat.domain.rooms.author import Author, Meant
from udpchat.domain.rooms.history.message import Message

EVENT_BYTES = 500  # of memory that an event takes besides its texts: measured, and rounded up
HIDDEN_BYTES = 110  # of memory, at most, for each member that must not see an event: its place in a set
MAX_TOLD_BYTES = 67_108_864  # of all rooms together: as much as `Rules.history_bytes` is by default


@attrs.frozen
class Heard:
    """An event that a room was told at a time, in seconds since 1970 UTC. None is for one that was taken back.

    `hidden` are the numbers of the members that must not see it. `size` is the bytes that it takes. `author` is whose
    words are in it, None if it has none.
    """

    event: Event | None
    at: float
    hidden: frozenset[int] = frozenset()
    size: int = EVENT_BYTES
    author: Author | None = None


@attrs.define(eq=False)
class Told:
    """The events from number `first` on, without holes.

    A message that nobody ignores is kept as it is: for a row of plain lines, the machine adds all at once.
    """

    first: int
    events: deque[Message | Heard] = attrs.field(factory=deque)
    _size: int = attrs.field(default=0, init=False)  # of the first `_counted` events
    _counted: int = attrs.field(default=0, init=False)

    @property
    def last(self) -> int:
        """The number of the last event."""
        return self.first + len(self.events) - 1

    def since(self, number: int) -> tuple[Message | Heard, ...]:
        """Return the events after a number, which is that before the first one or higher."""
        return tuple(islice(self.events, number + 1 - self.first, None))

    def fill(self, last: int) -> None:
        """Let what is missing up to a number be events that were taken back: a bug lost them."""
        while self.last < last:
            self.events.append(Heard(None, 0.0))

    def prune(self, keep: int) -> None:
        """Keep at most so many events."""
        while len(self.events) > keep:
            self._remove_first()

    def measure(self) -> int:
        """Return the bytes that all events take."""
        for each in islice(self.events, self._counted, None):
            self._size += size_of(each)
        self._counted = len(self.events)
        return self._size

    def shrink(self, most: int) -> None:
        """Remove the first events until the others take at most so many bytes."""
        while self.measure() > most:
            self._remove_first()

    def wipe(self, meant: Meant) -> None:
        """Take back what somebody said, wherever it is."""
        for place, each in enumerate(self.events):
            author = Author(each.nickname, each.by) if isinstance(each, Message) else each.author
            if author is not None and meant.said(author.nickname, author.number, each.at):
                self.events[place] = Heard(None, each.at)
        self._size = self._counted = 0

    def _remove_first(self) -> None:
        removed = self.events.popleft()
        self.first += 1
        if self._counted:
            self._counted -= 1
            self._size -= size_of(removed)


def size_of(each: Message | Heard) -> int:
    """Return the bytes that an event takes."""
    return EVENT_BYTES + len(each.text.encode()) if isinstance(each, Message) else each.size


def heard(event: Event, at: float, hidden: frozenset[int] = frozenset(), author: Author | None = None) -> Heard:
    """Return an event with its size, which is the same on every node, also for one that starts from a snapshot."""
    return Heard(event, at, hidden, EVENT_BYTES + texts_of(event) + HIDDEN_BYTES * len(hidden), author)


def texts_of(event: Event) -> int:
    """Return the bytes that the texts of an event have in UTF-8."""
    kind: Any = event.__class__
    fields = (getattr(event, field.name) for field in attrs.fields(kind))
    return sum(len(value.encode()) for value in fields if isinstance(value, str))
