"""The last messages of a room, and which of them each client may have missed.

The history is part of the state, and is not looked up in the journal. So it exists without a journal, `/history` is a
command like any other, and a start needs only a snapshot and the inputs after it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Mapping
from itertools import islice
from math import inf
from operator import attrgetter

import attrs

from udpchat.domain.address import Address
from udpchat.domain.grammar import RETURNS_SINCE
from udpchat.domain.rooms.ages import Ages
from udpchat.domain.rooms.message import Message

MAX_ABSENT = 10_000  # clients that left and may ask for what they missed: as many as a room has by default
DAY = 86_400.0  # seconds
STEP = 60.0  # seconds by which right clocks differ, such as those of several nodes
LINE_CHARACTERS = 400  # for each message, on average; if messages are longer than that, fewer are kept


@attrs.define
class History:
    """The last messages of a room. They are numbered from 0 since the room was created.

    `said` is the number of messages so far, and so the number of the next one. A client that left is in `absent`, with
    the number of the first message that it did not receive. A member that missed messages is in `missed`, with the
    number of the first one and the number after the last one; the two are the same if it came back, or stayed while its
    server was restarted, and missed nothing.
    """

    said: int = 0
    messages: deque[Message] = attrs.field(factory=deque)
    size: int = 0  # characters in all messages
    absent: dict[Address, int] = attrs.field(factory=dict)
    missed: dict[Address, tuple[int, int]] = attrs.field(factory=dict)
    _checked: int = attrs.field(default=0, init=False, eq=False)  # number after the last message that is in order
    _latest: float = attrs.field(default=-inf, init=False, eq=False)  # the latest time of the messages before that
    _latest_number: int = attrs.field(default=0, init=False, eq=False)  # of the message with that time
    _ages: Ages | None = attrs.field(default=None, init=False, eq=False)  # of the messages before number `_judged`
    _judged: int = attrs.field(default=0, init=False, eq=False)

    def add(self, message: Message, keep: int, days: int) -> None:
        """Add a message. Remove old ones, so that there are at most `keep`, and fewer if they are long.

        If `days` is not 0, messages that are older than so many days are removed too, as before `AGES_SINCE`.
        """
        messages = self.messages
        messages.append(message)
        self.said += 1
        self.size += len(message.text)
        if len(messages) > keep:  # always true once the history is full, unlike the next condition
            self.size -= len(messages.popleft().text)
        if days or self.size > keep * LINE_CHARACTERS:
            self.prune(keep, days, message.at)

    def prune(self, keep: int, days: int, now: float) -> None:
        """Remove the oldest messages that are too many, too long together, or too old at `now`."""
        messages, max_size = self.messages, keep * LINE_CHARACTERS
        while messages and (
            len(messages) > keep or self.size > max_size or (days and messages[0].at < now - days * DAY)
        ):
            self.size -= len(messages.popleft().text)

    def between(self, begin: int, end: int) -> tuple[Message, ...]:
        """Return the messages with these numbers that are still kept, oldest first; `end` is not among them."""
        first = self.said - len(self.messages)
        return tuple(islice(self.messages, max(0, begin - first), max(0, end - first)))

    def first_since(self, at: float, now: float) -> int:
        """Return the number of the first message that was said at `at` or later, or that of the next one."""
        messages, first = self.messages, self.said - len(self.messages)
        if self._in_order() and self._latest <= now + STEP:
            return first + bisect_left(messages, at, key=attrgetter("at"))
        return first + self._judge(now).first_since(at)

    def _judge(self, now: float) -> Ages:
        """Return the ages of all messages. Those that were judged last are kept, since many may ask at once."""
        ages = self._ages
        if ages is None or self._judged != self.said or len(ages.times) != len(self.messages) or not ages.hold(now):
            ages = self._ages = Ages([message.at for message in self.messages], now)
            self._judged = self.said
        return ages

    def _in_order(self) -> bool:
        """Return whether the clock never went back by more than `STEP` while the messages were said.

        Only those are looked at that were said since the last call, or all if the one with the latest time is removed.
        """
        first = self.said - len(self.messages)
        begin, latest, latest_number = self._checked, self._latest, self._latest_number
        if min(begin, latest_number) < first:
            begin, latest = first, -inf
        for number, message in enumerate(islice(self.messages, begin - first, None), begin):
            if message.at < latest - STEP:
                self._checked, self._latest = 0, -inf
                return False
            if message.at >= latest:
                latest, latest_number = message.at, number
        self._checked, self._latest, self._latest_number = self.said, latest, latest_number
        return True

    def leave(self, address: Address, received: int | None = None) -> None:
        """Note that a client left. It received the first `received` messages; None is for all."""
        self.missed.pop(address, None)
        self.absent[address] = self.said if received is None else min(received, self.said)
        if len(self.absent) > MAX_ABSENT:
            del self.absent[next(iter(self.absent))]

    def left_without(self, address: Address, received: int) -> None:
        """Note that a client that left received at most the first `received` messages."""
        if (left := self.absent.get(address)) is not None:
            self.absent[address] = min(left, received)

    def join(self, address: Address, grammar: int = RETURNS_SINCE) -> None:
        """Note that a client joined. If it was a member before, it missed what was said in between."""
        left = self.absent.pop(address, None)
        if left is not None and (left < self.said or grammar >= RETURNS_SINCE):
            self.missed[address] = (left, self.said)

    def stay(self, address: Address) -> None:
        """Note that a member is still here after an orderly restart of its server, so its address is not new."""
        self.missed.setdefault(address, (self.said, self.said))

    def move(self, places: Mapping[Address, Address]) -> None:
        """Change addresses of clients, whether they are members or have left: old -> new."""
        self.absent = {places.get(address, address): left for address, left in self.absent.items()}
        self.missed = {places.get(address, address): missed for address, missed in self.missed.items()}

    def maybe_missed(self, address: Address, count: int) -> None:
        """Note that a member may have missed the last `count` messages, besides those that it missed before.

        The messages between the two count as missed too, because only one range is stored for each member.
        """
        begin, end = self.missed.get(address, (0, 0))
        if begin == end:
            begin = self.said
        self.missed[address] = (min(begin, max(0, self.said - count)), self.said)


@attrs.frozen
class Recent:
    """What of a history is shown at `now`: messages that are at most `days` old. 0 is no limit."""

    history: History
    now: float
    days: int

    def last(self, count: int) -> tuple[Message, ...]:
        """Return the last `count` messages, oldest first."""
        return self._from(self.history.said - count) if count else ()

    def since(self, at: float) -> tuple[Message, ...]:
        """Return the messages said at `at` or later, oldest first."""
        return self._from(self.history.first_since(at, self.now))

    def missed_by(self, address: Address) -> tuple[Message, ...]:
        """Return the messages that a member missed, oldest first."""
        begin, end = self.history.missed.get(address, (0, 0))
        return self._from(begin, end) if end else ()

    def missed_and_removed(self, address: Address) -> int:
        """Return how many messages a member missed that are not shown any more."""
        begin, end = self.history.missed.get(address, (0, 0))
        return end - begin - len(self.missed_by(address))

    def _from(self, begin: int, end: int | None = None) -> tuple[Message, ...]:
        history = self.history
        first = history.first_since(self.now - self.days * DAY, self.now) if self.days else 0
        return history.between(max(first, begin), history.said if end is None else end)
