"""The last messages of a room.

They are part of the state, and are not looked up in the journal. So `/history` is a command like any other.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Collection, Sequence
from itertools import islice
from math import inf
from operator import attrgetter

import attrs

from udpchat.domain.rooms.history.ages import Ages
from udpchat.domain.rooms.history.message import Message

DAY = 86_400.0  # seconds
STEP = 60.0  # seconds by which right clocks differ, such as those of several nodes
MESSAGE_BYTES = 250  # of memory that a message takes besides its text: measured, and rounded up
FEW = 4  # messages; to add them together takes longer than one by one
LINE_CHARACTERS = 400  # for each message, on average; if messages are longer than that, fewer are kept


@attrs.define
class Log:
    """The last messages of a room, oldest first. `removed` is how many older ones the room had.

    `size` counts the characters of all messages, and `surplus` the bytes that they have in UTF-8 besides.
    """

    messages: deque[Message] = attrs.field(factory=deque)
    size: int = 0
    surplus: int = 0
    removed: int = 0
    _checked: int = attrs.field(default=0, init=False, eq=False)  # messages ever said that are in order
    _latest: float = attrs.field(default=-inf, init=False, eq=False)  # the latest time of the messages before that
    _latest_place: int = attrs.field(default=0, init=False, eq=False)  # of the message with that time, with the removed
    _ages: Ages | None = attrs.field(default=None, init=False, eq=False)  # of the messages before number `_judged`
    _judged: int = attrs.field(default=0, init=False, eq=False)

    def extend(self, messages: Sequence[Message], keep: int, days: int) -> None:
        """Add messages. Remove old ones, so that there are at most `keep`, and fewer if they are long.

        If `days` is not 0, messages that are older than so many days are removed too, as before `AGES_SINCE`.
        """
        if days or len(messages) < FEW:
            for message in messages:
                self.append(message)
                self.prune(keep, days, message.at)
            return
        kept = self.messages  # what follows gives the same in less time, and a busy room runs it for each batch
        kept.extend(messages)
        self._count("".join([message.text for message in messages]), 1)
        old = max(0, len(kept) - keep)
        self._count("".join([kept.popleft().text for _ in range(old)]), -1)
        self.removed += old
        if self.size > keep * LINE_CHARACTERS:
            self.prune(keep, days, 0.0)

    def append(self, message: Message) -> None:
        """Add a message, and remove none."""
        self.messages.append(message)
        self._count(message.text, 1)

    def prune(self, keep: int, days: int, now: float) -> None:
        """Remove the oldest messages that are too many, too long together, or too old at `now`."""
        messages, max_size = self.messages, keep * LINE_CHARACTERS
        while messages and (
            len(messages) > keep or self.size > max_size or (days and messages[0].at < now - days * DAY)
        ):
            self._remove_oldest()

    @property
    def bytes(self) -> int:
        """How many bytes of memory the log takes."""
        return self.size + self.surplus + MESSAGE_BYTES * len(self.messages)

    def shrink(self, most: int) -> None:
        """Remove the oldest messages until the others take at most so many bytes."""
        while self.bytes > most:
            self._remove_oldest()

    def wipe(self, is_meant: Callable[[Message], bool]) -> int:
        """Remove messages, wherever they are; return how many."""
        kept = [message for message in self.messages if not is_meant(message)]
        wiped = len(self.messages) - len(kept)
        if wiped:
            self.messages.clear()
            self.size = self.surplus = 0
            for message in kept:
                self.append(message)
            self.removed += wiped
            self._checked, self._latest, self._latest_place, self._ages, self._judged = 0, -inf, 0, None, 0
        return wiped

    def _remove_oldest(self) -> None:
        self._count(self.messages.popleft().text, -1)
        self.removed += 1

    def _count(self, text: str, sign: int) -> None:
        """Count a text that was added (1) or removed (-1)."""
        self.size += sign * len(text)
        if not text.isascii():
            self.surplus += sign * (len(text.encode()) - len(text))

    def first_numbered(self, number: int) -> int:
        """Return the place of the first message that has this number or a higher one."""
        return bisect_left(self.messages, number, key=attrgetter("number"))

    def first_since(self, at: float, now: float) -> int:
        """Return the place of the first message that was said at `at` or later, or how many there are."""
        if self._in_order() and self._latest <= now + STEP:
            return bisect_left(self.messages, at, key=attrgetter("at"))
        return self._judge(now).first_since(at)

    def _judge(self, now: float) -> Ages:
        """Return the ages of all messages. Those that were judged last are kept, since many may ask at once."""
        ages, said = self._ages, self.removed + len(self.messages)
        if ages is None or self._judged != said or len(ages.times) != len(self.messages) or not ages.hold(now):
            ages = self._ages = Ages([message.at for message in self.messages], now)
            self._judged = said
        return ages

    def _in_order(self) -> bool:
        """Return whether the clock never went back by more than `STEP` while the messages were said.

        Only those are looked at that were said since the last call, or all if the one with the latest time is removed.
        """
        first = self.removed
        begin, latest, latest_place = self._checked, self._latest, self._latest_place
        if min(begin, latest_place) < first:
            begin, latest = first, -inf
        for place, message in enumerate(islice(self.messages, begin - first, None), begin):
            if message.at < latest - STEP:
                self._checked, self._latest = 0, -inf
                return False
            if message.at >= latest:
                latest, latest_place = message.at, place
        self._checked, self._latest, self._latest_place = first + len(self.messages), latest, latest_place
        return True


@attrs.frozen
class Recent:
    """What of a log one reader is shown at `now`: messages that are at most `days` old (0 is no limit).

    Messages of the persons in `hidden`, by their numbers, are not shown.
    """

    log: Log
    now: float
    days: int
    hidden: Collection[int] = ()

    def last(self, count: int) -> tuple[Message, ...]:
        """Return the last `count` messages, oldest first."""
        if not self.hidden:
            return self._from(max(0, len(self.log.messages) - count)) if count else ()
        found, left, hidden = list[Message](), count, self.hidden
        for message in islice(reversed(self.log.messages), len(self.log.messages) - self._first()):
            if not left:
                break
            if message.by not in hidden:  # all in one loop: there may be 10,000, and a generator takes twice as long
                found.append(message)
                left -= 1
        return tuple(found[::-1])

    def since(self, at: float) -> tuple[Message, ...]:
        """Return the messages said at `at` or later, oldest first."""
        return self._from(self.log.first_since(at, self.now))

    def numbered(self, begin: int, end: int) -> tuple[Message, ...]:
        """Return the messages with numbers from `begin` to before `end`, oldest first."""
        return self._from(self.log.first_numbered(begin), self.log.first_numbered(end)) if begin < end else ()

    def removed(self, begin: int, end: int) -> int:
        """Return how many messages with numbers from `begin` to before `end` are not shown any more.

        Those that are not kept may have been said in other rooms, so this is the most that it can be.
        """
        log = self.log
        oldest = log.messages[0].number if log.messages else end
        too_old = min(self._first(), log.first_numbered(end)) - log.first_numbered(begin)
        return min(log.removed, max(0, min(end, oldest) - begin)) + max(0, too_old)

    def _first(self) -> int:
        """Return the place of the first message that is not too old."""
        return self.log.first_since(self.now - self.days * DAY, self.now) if self.days else 0

    def _from(self, begin: int, end: int | None = None) -> tuple[Message, ...]:
        first = max(self._first(), begin)
        messages, hidden = islice(self.log.messages, first, end if end is None else max(first, end)), self.hidden
        return tuple([message for message in messages if message.by not in hidden] if hidden else messages)
