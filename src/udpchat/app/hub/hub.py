"""The loop body, synchronous: a batch of datagrams in, what is to be said out.

What is let in becomes inputs, which the journal takes. What the journal gives back is committed: only that is handled,
and sent.

The same hub runs in production and in tests; only the transport, the clocks and the entropy differ.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import attrs
import structlog

from udpchat.app.hub.answers import Answers
from udpchat.app.hub.bounces import BounceHandler
from udpchat.app.logs.bugs import Bugs
from udpchat.app.logs.drops import log_drop
from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.datagram import Bounce, Datagram
from udpchat.domain.dialects import packing, wording
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.machine.chat import Chat, Delivery
from udpchat.domain.machine.snapshot import restore, snapshot
from udpchat.domain.ports.carrier import Carrier, Source
from udpchat.domain.ports.journal import Journal
from udpchat.domain.rejection import LineTooLong, RoomUnreachable
from udpchat.domain.rooms.event import EVERYONE, Only, Refused
from udpchat.domain.rooms.inputs import CONTROL_INPUTS, Heartbeat, Input, News, Rules, Started, Unreachable
from udpchat.domain.text import lines as text
from udpchat.domain.text.lines import Line

# One turn ends when it has done so much, so that no flood keeps signals and other sockets waiting for long.
MAX_DATAGRAMS = 256  # taken at once
MAX_LINES = 4096  # given to the journal: some 10 ms
MAX_SENDS = 50_000  # datagrams to single clients: some 100 ms
TICK = 1.0  # seconds from one call of `tick` to the next

log = structlog.get_logger(__name__)

Item = tuple[Address, Line | News]


@attrs.define(eq=False)
class Hub:
    """Joins a chat to a transport, behind the gate of an admission, by way of a journal.

    `clock` gives seconds since 1970 UTC, `timer` seconds that no clock setting changes, `entropy` a number of 64 random
    bits. `max_datagram` and `max_line` are bytes. `show_lines` logs what is said and dropped, at level debug.
    `on_beat` is called with each beat as soon as it was handled, `on_past` at a start, which ends by what it raises.
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
    on_beat: Callable[[Input], None] = lambda _: None
    on_past: Callable[[], None] = lambda: None
    bugs: Bugs = attrs.field(factory=Bugs)
    _bounce_handler: BounceHandler = attrs.field(init=False)
    _answers: Answers = attrs.field(init=False)
    _items: Iterator[Item] | None = attrs.field(default=None, init=False)  # of a batch, not yet given to the journal
    _backlog: Iterator[Input] | None = attrs.field(default=None, init=False)  # committed, not yet handled
    _bounces: list[Bounce] = attrs.field(factory=list, init=False)
    _idle: list[Address] = attrs.field(factory=list, init=False)
    _strangers: list[Address] = attrs.field(factory=list, init=False)
    _sends: int = attrs.field(default=0, init=False)
    _now: float = attrs.field(default=0.0, init=False)  # by the timer, of the turn

    def __attrs_post_init__(self) -> None:
        self._answers = Answers(self.admission, self.max_datagram)
        self._bounce_handler = BounceHandler(self.carrier, self.chat.roster, self.admission.drops, self.show_lines)
        if self.show_lines:
            self.admission.watch = log_drop

    @property
    def unfinished(self) -> bool:
        """Whether there is work left for which another turn is due at once."""
        return self._items is not None or self._backlog is not None

    @property
    def full(self) -> bool:
        """Whether nothing more is to be read until the journal has committed some of what it has."""
        return self.journal.full

    @property
    def pacing(self) -> bool:
        """Whether `pace` is to be called, `pacing.PACE` seconds from now."""
        return bool(self._answers.pacer)

    def start(self, here: Address, rules: Rules, takes_over: str = "") -> None:
        """Go on where the journal ends, as the server at `here`, by these rules; with the clients of another node."""
        self._now = self.timer()
        recovered = self.journal.recover()
        restore(self.chat, recovered.state)
        said = deque(
            [self.chat.history.said], recovered.unsent + 1
        )  # lines before each of the inputs that may be unsent
        for given in recovered.inputs:
            try:
                self.chat.handle(given)
            except Exception as exc:  # noqa: BLE001 - our own bug, which made as much of this input before
                self._bug(exc, given.sender, given.line)
            said.append(self.chat.history.said)
        self.on_past()
        self._let_in()
        unsent = self.chat.history.said - said[0] if recovered.unsent else 0
        self._bounce_handler.suspects.start(self.chat.history.said - unsent)
        self.tell(here, Started(rules, unsent, takes_over))

    def _let_in(self) -> None:
        """Let those through the gate who are in the room, where another server let them in, or they come in late."""
        for address in self.chat.roster.recipients(EVERYONE):
            self.admission.restore(address, self._now)

    def tell(self, here: Address, notice: Started | Heartbeat) -> None:
        """Give the journal what the server at `here` itself has to tell."""
        self.journal.append([Input(self.clock(), self.entropy(), here, notice)])
        self.advance()

    def part_from(self, addresses: Iterable[Address]) -> None:
        """Have those leave who cannot be written to any more."""
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
        """Have the journal keep the state, of which all was sent but the rest of long answers."""
        self.admission.drops[DropReason.ANSWER_CUT] += len(self._answers.pacer)
        self.journal.save(snapshot(self.chat))
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
            self._items = self._admitted(batch)
            self._bounces += bounces
        self._go_on()
        return True

    def tick(self) -> None:
        """Do what is due as time passes; to be called every `TICK` seconds."""
        self._now = self.timer()
        is_member = self.chat.roster.__contains__
        self._strangers += self.admission.tick(self._now, is_member, self.journal.commit_timeout)
        self._idle = [address for address in self.admission.idle(self._now) if is_member(address)]
        self._go_on()
        self._bounce_handler.suspects.tick(self._now, self.chat.history.said, is_member)
        if self.journal.due and not self.unfinished:
            self.journal.save(snapshot(self.chat))

    def pace(self) -> None:
        """Send the next part of each long answer."""
        self._answers.pacer.go_on(self.carrier.send, self.chat.roster.__contains__)

    def _go_on(self) -> None:
        """Give the journal what is at hand, up to a bound; handle what is committed, and send what comes of it."""
        if self._backlog is None:
            if inputs := self._inputs():
                self.journal.append(inputs)
            if committed := self.journal.committed():
                self._backlog = iter(committed)
        if self._backlog is not None:
            self._sends = 0
            for recipients, datagrams in packing.pack(self._sentences(self._backlog), self.max_datagram):
                self.carrier.send(datagrams, recipients)
                self._sends += len(recipients) * len(datagrams)
        if refused := self.journal.refused():
            self._refuse(refused)
        for address, sentence in self.admission.replies():
            self.carrier.send((sentence,), (address,))
        if self._strangers:
            self.carrier.forget([address for address in self._strangers if address not in self.admission])
            self._strangers.clear()

    def _refuse(self, refused: Iterable[Input]) -> None:
        """Tell those whose lines were not committed in time."""
        lines = [given for given in refused if not isinstance(given.line, CONTROL_INPUTS)]
        for given in lines:
            self._count(DropReason.UNCOMMITTED, given.sender)
        sentences = wording.sentences(Refused(RoomUnreachable()), self.max_datagram)
        told = (((given.sender,), sentence) for given in lines for sentence in sentences)
        for to, datagrams in packing.pack(told, self.max_datagram):
            self.carrier.send(datagrams, to)

    def _inputs(self) -> list[Input]:
        """Return the next inputs: of the lines at hand, and after the last one of who is gone."""
        at, entropy = self.clock(), self.entropy
        inputs: list[Input] = []
        if self._items is not None:
            inputs = [Input(at, entropy(), sender, line) for sender, line in islice(self._items, MAX_LINES)]
            if len(inputs) == MAX_LINES:
                return inputs
            self._items = None
        if self._idle or self._bounces:  # what waited was sent before its sender was gone
            inputs += (Input(at, entropy(), address, News.IDLE) for address in self._idle)
            gone = self._bounce_handler.among(self._bounces, self._now)
            inputs += (Input(at, entropy(), address, Unreachable(heard)) for address, heard in gone)
            self._idle, self._bounces = [], []
        return inputs

    def _admitted(self, batch: Iterable[Datagram]) -> Iterator[Item]:
        """Yield the lines of a batch that may be said, with their sender."""
        admit, suspects, max_line = self.admission.admit, self._bounce_handler.suspects.known, self.max_line
        for datagram in batch:
            sender = datagram.sender
            try:
                payload = admit(datagram, self._now)
                if not isinstance(payload, bytes):
                    if sender not in self.admission:
                        self._strangers.append(sender)
                    continue
                lines = text.lines(payload, max_line)
                if len(payload) > max_line and (refused := sum(isinstance(line, LineTooLong) for line in lines)):
                    self._count(DropReason.LINE_TOO_LONG, sender, refused)
            except Exception as exc:  # noqa: BLE001 - our own bug costs this datagram, not the others nor the room
                self._bug(exc, sender, datagram.payload)
                continue
            if suspects:
                self._bounce_handler.suspects.clear(sender)
            for line in lines:
                yield sender, line

    def _sentences(  # noqa: C901, PLR0912 - each line of a busy room comes by here, and calls cost
        self, inputs: Iterator[Input]
    ) -> Iterator[tuple[Sequence[Address], bytes]]:
        """Handle inputs; yield each sentence, with who is to hear it as the roster is at that moment."""
        handle, recipients = self.chat.handle, self.chat.roster.recipients
        limit, show_lines = self.max_datagram, self.show_lines
        self._answers.begin(self._now)
        leaving: list[Delivery] = []
        for given in inputs:
            if show_lines:
                log.debug("line", sender=str(given.sender), line=given.line)
            try:
                said = handle(given)
                if given.line.__class__ is not str and isinstance(given.line, CONTROL_INPUTS):
                    leaving += said
                    if isinstance(given.line, Heartbeat | Started):
                        self._let_in()
                    if isinstance(given.line, Heartbeat):
                        self.on_beat(given)
                    continue
                if leaving:
                    yield from self._farewells(leaving)
                    leaving = []
                for audience, event in said:
                    to = recipients(audience)
                    if not to:  # all who hear it are another server's
                        continue
                    if audience is EVERYONE or not isinstance(audience, Only):
                        for sentence in wording.sentences(event, limit):
                            yield to, sentence
                    else:
                        yield from self._answers.to(audience.address, event)
            except Exception as exc:  # noqa: BLE001 - our own bug costs this input, not the others nor the room
                self._bug(exc, given.sender, given.line)
            if self._sends > MAX_SENDS:
                return  # the rest is for the next turn
        self._backlog = None
        yield from self._farewells(leaving)

    def _farewells(self, leaving: Iterable[Delivery]) -> Iterator[tuple[Sequence[Address], bytes]]:
        """Yield what is said of those who left, once all have: or of thousands, each would be told of all others."""
        for audience, event in sorted(leaving, key=lambda utterance: utterance[0] is EVERYONE):
            to = self.chat.roster.recipients(audience)
            for sentence in wording.sentences(event, self.max_datagram):
                yield to, sentence

    def _count(self, reason: DropReason, sender: Address, number: int = 1) -> None:
        self.admission.drops[reason] += number
        self.admission.watch(sender, reason, number)

    def _bug(self, exc: Exception, sender: Address, given: object) -> None:
        self.admission.drops[DropReason.BUG] += 1
        self.bugs.log(exc, sender=str(sender), given=repr(given))
