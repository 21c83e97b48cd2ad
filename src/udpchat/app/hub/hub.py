"""The loop body, synchronous: intake -> journal -> chat -> outbox.

Datagrams that pass the gate become inputs, which the journal takes. What the journal returns is committed. Only that is
handled, and only what comes of it is sent.

The same hub runs in production and in tests; only carrier, journal, clocks and entropy differ.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

import attrs
import structlog

from udpchat.app.hub.bounces import BounceHandler
from udpchat.app.hub.intake import Intake
from udpchat.app.hub.outbox import Outbox
from udpchat.app.logs.bugs import Bugs
from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.admission.notices import RoomUnreachable
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.ports.carrier import Carrier, Source
from udpchat.domain.ports.journal import Journal
from udpchat.domain.rooms.audience import Delivery
from udpchat.domain.rooms.inputs import CONTROL_INPUTS, Heartbeat, Input, Rules, Started, Unreachable

# One turn ends when it has done so much, so that no flood keeps signals and other sockets waiting for long.
MAX_DATAGRAMS = 256  # taken at once
MAX_SENDS = 50_000  # datagrams to single clients: some 100 ms
TICK = 1.0  # seconds from one call of `tick` to the next

log = structlog.get_logger(__name__)


class Observer(Protocol):
    """Somebody who looks at the state at each heartbeat of a node."""

    def saw(self, given: Input) -> None:
        """Look at a heartbeat that was handled just now."""


@attrs.define(eq=False)
class Hub:
    """Joins a chat to a carrier, behind the gate of an admission, by way of a journal.

    `clock` gives seconds since 1970 UTC, `timer` seconds that no clock setting changes, `entropy` a number of 64 random
    bits. `max_datagram` and `max_line` are bytes. `show_lines` logs what is said and dropped, at level debug.
    """

    chat: Chat
    carrier: Carrier
    admission: Admission
    journal: Journal
    clock: Callable[[], float]
    timer: Callable[[], float]
    entropy: Callable[[], int]
    max_datagram: int
    max_line: int
    show_lines: bool = False
    observer: Observer | None = None
    bugs: Bugs = attrs.field(factory=Bugs)
    intake: Intake = attrs.field(init=False)
    outbox: Outbox = attrs.field(init=False)
    _bounces: BounceHandler = attrs.field(init=False)
    _backlog: deque[Input] = attrs.field(factory=deque, init=False)  # committed, not yet handled
    _now: float = attrs.field(default=0.0, init=False)  # by the timer, of the turn

    def __attrs_post_init__(self) -> None:
        roster = self.chat.state.roster
        self._bounces = BounceHandler(self.carrier, roster, self.admission)
        self.intake = Intake(self.admission, self._bounces, self.bugs, self.clock, self.entropy, self.max_line)
        self.outbox = Outbox(self.carrier, self.admission, roster, self.max_datagram)

    @property
    def unfinished(self) -> bool:
        """Whether there is work left for which another turn is due at once."""
        return bool(self._backlog) or self.intake.unfinished

    @property
    def full(self) -> bool:
        """Whether nothing more is to be read until the journal has committed some of what it has."""
        return self.journal.full

    @property
    def pacing(self) -> bool:
        """Whether `pace` is to be called, `pacer.PACE` seconds from now."""
        return bool(self.outbox.replies.pacer)

    def start(
        self, here: Address, rules: Rules, takes_over: str = "", check: Callable[[], None] = lambda: None
    ) -> None:
        """Go on where the journal ends, as the server at `here`, by these rules, perhaps with another node's clients.

        `check` is called when the state is recovered and nothing of this start is in the journal. What it raises ends
        the start.
        """
        self._now = self.timer()
        recovered, history = self.journal.recover(), self.chat.state.history
        restore(self.chat.state, recovered.state)
        said = deque([history.said], recovered.unsent + 1)  # lines before each of the inputs that may be unsent
        for given in recovered.inputs:
            try:
                self.chat.handle(given)
            except Exception as exc:  # noqa: BLE001 - our own bug, which made as much of this input before
                self._bug(exc, given)
            said.append(history.said)
        check()
        self._let_in()
        unsent = history.said - said[0] if recovered.unsent else 0
        self._bounces.suspects.start(history.said - unsent)
        self.tell(here, Started(rules, unsent, takes_over))

    def _let_in(self) -> None:
        """Open the gate for members that another server let in, or that come in late."""
        for address in self.chat.state.roster.here():
            self.admission.restore(address, self._now)

    def tell(self, here: Address, notice: Started | Heartbeat) -> None:
        """Give the journal what the server at `here` itself has to say."""
        self.journal.append([Input(self.clock(), self.entropy(), here, notice)])
        self.advance()

    def part_from(self, addresses: Iterable[Address]) -> None:
        """Remove members that cannot be written to any more."""
        self.journal.append([Input(self.clock(), self.entropy(), address, Unreachable()) for address in addresses])
        self.advance()

    def advance(self) -> None:
        """Handle what the journal has committed by now, up to a bound."""
        self._now = self.timer()
        self._go_on()

    def stop(self) -> None:
        """Finish what was begun; what waits is for the next server.

        What the journal has not committed by now is lost, unless it is waited for and this is called again.
        """
        self.advance()
        while self.unfinished:
            self._go_on()

    def close(self) -> None:
        """Save a final snapshot and close the journal. Everything committed was sent, except parts of long replies."""
        self.admission.drops[DropReason.ANSWER_CUT] += len(self.outbox.replies.pacer)
        self.journal.save(snapshot(self.chat.state))
        self.journal.close()

    def turn(self, source: Source) -> bool:
        """Handle what waits at `source`, up to a bound; return whether there was any, so that more may wait."""
        if not self.unfinished:
            if self.journal.full:
                return False
            batch, bounces = source.receive(MAX_DATAGRAMS), self.carrier.bounces()
            if not batch and not bounces:
                return False
            self._now = self.timer()
            self.intake.take(batch, bounces)
        self._go_on()
        return True

    def tick(self) -> None:
        """Do what is due as time passes; to be called every `TICK` seconds."""
        self._now = self.timer()
        is_member = self.chat.state.roster.__contains__
        self.intake.strangers += self.admission.tick(self._now, is_member, self.journal.commit_timeout)
        self.intake.take((), idle=[address for address in self.admission.idle(self._now) if is_member(address)])
        self._go_on()
        self._bounces.suspects.tick(self._now, self.chat.state.history.said, is_member)
        if self.journal.snapshot_due and not self.unfinished:
            self.journal.save(snapshot(self.chat.state))

    def pace(self) -> None:
        """Send the next part of each long reply."""
        self.outbox.replies.pacer.go_on(self.carrier.send, self.chat.state.roster.__contains__)

    def _go_on(self) -> None:
        """Give the journal what is at hand, up to a bound; handle what is committed, and send what comes of it."""
        if not self._backlog:
            if inputs := self.intake.inputs(self._now):
                self.journal.append(inputs)
            self._backlog += self.journal.committed()
        if self._backlog:
            self._handle()
        if expired := self.journal.expired():
            self._notify_expired(expired)
        for address, event in self.admission.replies():
            self.outbox.notify(address, event)
            self.outbox.flush()
        if strangers := self.intake.strangers:
            self.carrier.forget([address for address in strangers if address not in self.admission])
            strangers.clear()

    def _handle(self) -> None:
        """Handle what is committed, and send what comes of it."""
        handle, outbox, backlog = self.chat.handle, self.outbox, self._backlog
        deliver, show_lines = outbox.deliver, self.show_lines
        departures: list[Delivery] = []
        outbox.begin(self._now)
        while backlog and outbox.sends <= MAX_SENDS:
            given = backlog.popleft()
            if show_lines:
                log.debug("line", sender=str(given.sender), line=given.line)
            try:
                deliveries = handle(given)
                if given.line.__class__ is not str and isinstance(given.line, CONTROL_INPUTS):
                    departures += deliveries
                    self._controlled(given)
                    continue
                if departures:
                    outbox.deliver_departures(departures)
                    departures.clear()
                for audience, event in deliveries:
                    deliver(audience, event)
            except Exception as exc:  # noqa: BLE001 - our own bug costs this input, not the others nor the room
                self._bug(exc, given)
        outbox.deliver_departures(departures)
        outbox.flush()

    def _controlled(self, given: Input) -> None:
        """Follow a control input that was handled."""
        if isinstance(given.line, Heartbeat | Started):
            self._let_in()
        if self.observer and isinstance(given.line, Heartbeat):
            self.observer.saw(given)

    def _notify_expired(self, expired: Iterable[Input]) -> None:
        """Notify clients whose lines were not committed in time."""
        for given in expired:
            if not isinstance(given.line, CONTROL_INPUTS):
                self.admission.count(given.sender, DropReason.UNCOMMITTED)
                self.outbox.notify(given.sender, RoomUnreachable())
        self.outbox.flush()

    def _bug(self, exc: Exception, given: Input) -> None:
        self.admission.drops[DropReason.BUG] += 1
        self.bugs.log(exc, sender=str(given.sender), given=repr(given.line))
