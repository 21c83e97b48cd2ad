"""Log lines about members who join and leave, and each minute one that sums up what happened in the room."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence

import attrs
import structlog

from udpchat.domain.address import Address
from udpchat.domain.commands.presence import Left
from udpchat.domain.drop_reason import DropCounts
from udpchat.domain.rooms.audience import Delivery, InRoomBy
from udpchat.domain.rooms.inputs import Idle, Input, SessionOver, Unreachable
from udpchat.domain.rooms.members.crowd import MAX_CHANGES
from udpchat.domain.rooms.state import ChatState

MAX_LINES = 10  # about joining and leaving in one second, half of what `limits.RATE` allows; the others are counted
MINUTE = 60.0  # seconds from one summary to the next

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class Departures:
    """The clients of this server that left since the last `clear`, in order, each with nickname and reason.

    Reasons are `quit`, `gone` (the client cannot be reached), `idle`, `room full` (it said nothing and made room), and
    `node` (the server was silent for too long).
    """

    last: deque[tuple[Address, str, str]] = attrs.field(factory=lambda: deque(maxlen=MAX_CHANGES), init=False)
    count: int = attrs.field(default=0, init=False)

    def add(self, address: Address, nickname: str, why: str) -> None:
        """Remember that a member left, unless it is the client of another server."""
        if address.carrier:
            self.last.append((address, nickname, why))
            self.count += 1

    def add_all(self, given: Input, deliveries: Iterable[Delivery]) -> None:
        """Remember those that left because of a control input, by what came of it."""
        for audience, event in deliveries:
            if isinstance(event, Left):
                address = audience.address if isinstance(audience, InRoomBy) else given.sender
                self.add(address, event.nickname, _reason(given))

    def clear(self) -> None:
        """Forget everything."""
        self.last.clear()
        self.count = 0


def _reason(given: Input) -> str:
    """Return why a control input made members leave."""
    match given.line:
        case Unreachable() | SessionOver():
            return "gone"
        case Idle(makes_room=True):
            return "room full"
        case Idle():
            return "idle"
        case _:
            return "node"


@attrs.define(eq=False)
class PresenceLog:
    """Logs who joined and left, by nickname and by the address as /list shows it; nothing about what they say."""

    state: ChatState
    departures: Departures
    _version: int = attrs.field(default=0, init=False)  # of the roster, at the last call
    _members: int = attrs.field(default=0, init=False)  # that are clients of this server, at the last call

    def start(self) -> None:
        """Begin with the members that are in the room now."""
        self.departures.clear()
        self._version, self._members = self.state.roster.clients.version, len(self.state.roster.clients.members)

    def log(self) -> Counter[str]:
        """Log what has changed since the last call, which was a second ago; return how many joined and left."""
        clients, departures, version = self.state.roster.clients, self.departures, self._version
        if clients.version == version:
            return Counter()
        members, before = len(clients.members), self._members
        changes = clients.changes_since(version)
        if changes is None:  # too many to remember
            lines: list[tuple[str, dict[str, str]]] = []
            total = Counter(joined=members - before + departures.count, left=departures.count)
        else:
            lines = list(self._lines(changes))
            total = Counter(event for event, _ in lines)
        for event, words in lines[:MAX_LINES]:
            log.info(event, **words)
        if rest := total - Counter(event for event, _ in lines[:MAX_LINES]):
            log.info("more joined and left", joined=rest["joined"], left=rest["left"], clients=members)
        self.start()
        return total

    def _lines(self, changes: Sequence[tuple[Address, bool]]) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield the log lines. A stranger whose only line is /quit has none: nobody saw it in the room."""
        left: defaultdict[Address, deque[tuple[str, str]]] = defaultdict(deque)
        for address, nickname, why in self.departures.last:
            left[address].append((nickname, why))
        for address, joined in changes:
            shown, member, reasons = self.state.show(address), self.state.roster.get(address), left[address]
            if joined:
                names = [name for name, _ in reasons] or ([member.nickname] if member else [])
                for nickname in names[:1]:
                    yield "joined", {"nickname": nickname, "address": shown}
            elif reasons:
                nickname, why = reasons.popleft()
                yield "left", {"nickname": nickname, "address": shown, "why": why}


@attrs.define(eq=False)
class MinuteLog:
    """Logs once a minute what has changed: how many joined, left, lines were said, and datagrams or lines dropped."""

    state: ChatState
    drops: DropCounts
    _changes: Counter[str] = attrs.field(factory=Counter, init=False)
    _said: int = attrs.field(default=0, init=False)
    _dropped: DropCounts = attrs.field(factory=DropCounts, init=False)
    _due: float = attrs.field(default=0.0, init=False)

    def start(self, now: float) -> None:
        """Begin a minute; `now` is in seconds, from a clock that never jumps."""
        self._changes.clear()
        self._said, self._dropped, self._due = self.state.reception.said, DropCounts(self.drops), now + MINUTE

    def log(self, changes: Counter[str], now: float) -> None:
        """Take how many joined and left since the last call; log the minute if it is over and anything happened."""
        self._changes.update(changes)
        if now < self._due:
            return
        said, dropped = self.state.reception.said - self._said, self.drops - self._dropped
        if said or dropped or self._changes:
            log.info(
                "last minute",
                clients=len(self.state.roster),
                joined=self._changes["joined"],
                left=self._changes["left"],
                lines=said,
                dropped={reason.value: number for reason, number in dropped.items()},
            )
        self.start(now)
