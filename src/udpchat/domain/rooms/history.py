"""What was said, as far back as it is kept, and who was away in the meantime."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import islice

import attrs

from udpchat.domain.address import Address
from udpchat.domain.rooms.message import Message

MAX_ABSENT = 10_000  # addresses that left of which is known since when: as many as a room has; the first ones go first
DAY = 86_400.0  # seconds
LINE_CHARACTERS = 400  # for which a line is kept on average; of longer ones fewer are


@attrs.define
class History:
    """The lines last said. Every line ever said in the room has a place, from 0 on; `said` is the place of the next."""

    said: int = 0
    lines: deque[Message] = attrs.field(factory=deque)
    size: int = 0  # characters in all lines
    absent: dict[Address, int] = attrs.field(factory=dict)  # who left -> the first line it did not hear
    missed: dict[Address, tuple[int, int]] = attrs.field(factory=dict)  # who is here -> the lines it did not, to before

    def add(self, message: Message, keep: int, days: int) -> None:
        """Keep a message, and of those before it so many that there are `keep`, fewer if they are long.

        If `days` is not 0, older messages go too.
        """
        lines = self.lines
        lines.append(message)
        self.said += 1
        self.size += len(message.text)
        if len(lines) > keep:  # always, once there are so many; the rest is rare
            self.size -= len(lines.popleft().text)
        if days or self.size > keep * LINE_CHARACTERS:
            self.prune(keep, days, message.at)

    def prune(self, keep: int, days: int, now: float) -> None:
        """Forget what is more than is to be kept at this time."""
        lines, most = self.lines, keep * LINE_CHARACTERS
        while lines and (len(lines) > keep or self.size > most or (days and lines[0].at < now - days * DAY)):
            self.size -= len(lines.popleft().text)

    def last(self, count: int) -> tuple[Message, ...]:
        """Return the last lines, oldest first."""
        return tuple(islice(self.lines, max(0, len(self.lines) - count), None))

    def since(self, at: float) -> tuple[Message, ...]:
        """Return the lines said at `at` or later, oldest first."""
        return tuple(line for line in self.lines if line.at >= at)

    def missed_by(self, address: Address) -> tuple[Message, ...]:
        """Return what was said while somebody who is here was away, as far as it is kept."""
        begin, end = self.missed.get(address, (0, 0))
        first = self.said - len(self.lines)
        return tuple(islice(self.lines, max(0, begin - first), max(0, end - first)))

    def leave(self, address: Address, heard: int | None = None) -> None:
        """Note that somebody hears no more, and of the lines so far heard all, or the first `heard`."""
        self.missed.pop(address, None)
        self.absent[address] = self.said if heard is None else min(heard, self.said)
        if len(self.absent) > MAX_ABSENT:
            del self.absent[next(iter(self.absent))]

    def come(self, address: Address) -> None:
        """Note that somebody hears again, or for the first time."""
        left = self.absent.pop(address, self.said)
        if left < self.said:
            self.missed[address] = (left, self.said)

    def move(self, places: Mapping[Address, Address]) -> None:
        """Have those who are, or were, at some addresses be at others."""
        self.absent = {places.get(address, address): left for address, left in self.absent.items()}
        self.missed = {places.get(address, address): lines for address, lines in self.missed.items()}

    def maybe_missed(self, address: Address, lines: int) -> None:
        """Note that somebody who is here may not have heard the last lines, besides what it missed before.

        What was said between the two counts as missed too: one beginning and one end are kept of each.
        """
        begin, _ = self.missed.get(address, (self.said, 0))
        self.missed[address] = (min(begin, self.said - lines), self.said)
