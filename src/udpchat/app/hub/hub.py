"""The loop body, synchronous: intake -> journal -> chat -> outbox.

Datagrams that pass the gate become inputs, which the journal takes. What the journal returns is committed. Only that is
handled, and only what comes of it is sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

import attrs
import structlog

from udpchat.app.hub.aftermath import Aftermath
from udpchat.app.hub.bounces import BounceHandler
from udpchat.app.hub.console import Answer
from udpchat.app.hub.intake import Intake
from udpchat.app.hub.observer import Observer
from udpchat.app.hub.outbox import Outbox, renderer_for
from udpchat.app.hub.partings import Partings
from udpchat.app.hub.recovery import recover
from udpchat.app.hub.sessions import end_sessions
from udpchat.app.hub.tokens import DrawnTokens
from udpchat.app.hub.verdicts import Verdicts
from udpchat.app.logs.bugs import Bugs
from udpchat.domain.address import Address
from udpchat.domain.admission.gate import Admission
from udpchat.domain.commands.privacy import loggable
from udpchat.domain.drop_reason import DropReason
from udpchat.domain.grammar import ORDER_SINCE
from udpchat.domain.machine.chat import Chat
from udpchat.domain.machine.snapshot import snapshot
from udpchat.domain.machine.versions import grammar_beside
from udpchat.domain.ports.carrier import Carrier, Source
from udpchat.domain.ports.codes import OneTimeCodes
from udpchat.domain.ports.journal import Journal
from udpchat.domain.rooms.acts import Act
from udpchat.domain.rooms.entry import refusal
from udpchat.domain.rooms.inputs import (
    CONTROL_INPUTS,
    Administered,
    ControlInput,
    Heartbeat,
    Input,
    Rules,
    Started,
    Unreachable,
)

# One turn ends when it has done so much, so that no flood keeps signals and other sockets waiting for long.
MAX_WORK = 20_000  # sends of a datagram to one client, and what takes as long: some 40 ms
MAX_TOGETHER = 64  # lines in a row that are said together, or fewer in a large room; more would gain nothing
TICK = 1.0  # seconds from one call of `tick` to the next
CONTROLS = tuple(each for each in CONTROL_INPUTS if each is not Administered)  # an act is handled as a line is
STOP_SECONDS = 0.2  # in which a server that ends handles what it received; a large room may need a minute for a flood
MAX_LAST = 20_000  # inputs committed in that time: some 100 ms

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class Hub:
    """Joins a chat to its carriers, behind the gate of an admission, by way of a journal.

    `clock` gives seconds since 1970 UTC, `timer` seconds that no clock setting changes, `entropy` numbers of 64 random
    bits. `max_datagram` and `max_line` are bytes. `show_lines` logs what is said and dropped, at level debug.

    The class is long because its loop reads all parts of the hub: a class of its own would be two more changes of file
    on the way of each line.
    """

    chat: Chat
    carriers: Sequence[Carrier]
    admission: Admission
    journal: Journal
    clock: Callable[[], float]
    timer: Callable[[], float]
    entropy: Iterator[int]
    max_datagram: int
    max_line: int
    show_lines: bool = False
    observer: Observer | None = None
    bugs: Bugs = attrs.field(factory=Bugs)
    codes: OneTimeCodes | None = None
    intake: Intake = attrs.field(init=False)
    outbox: Outbox = attrs.field(init=False)
    _bounces: BounceHandler = attrs.field(init=False)
    _aftermath: Aftermath = attrs.field(init=False)
    _partings: Partings = attrs.field(init=False)
    _backlog: deque[Input] = attrs.field(factory=deque, init=False)  # committed, not yet handled
    _now: float = attrs.field(default=0.0, init=False)  # by the timer, of the turn

    def __attrs_post_init__(self) -> None:
        state, roster, admission = self.chat.state, self.chat.state.roster, self.admission
        carriers, tokens = {each.name: each for each in self.carriers}, DrawnTokens(admission.challenge.key)
        self._partings, self._bounces = Partings(carriers, roster.clients), BounceHandler(carriers, roster, admission)
        verdicts = Verdicts(admission, self.clock, self.timer, tokens, state, self.codes)
        values = self.clock, self.entropy, self.max_line
        self.intake = Intake(carriers, state.rooms, admission, self._bounces, self.bugs, *values, verdicts)
        renderer = renderer_for(self.max_datagram, self.max_line)
        self.outbox = Outbox(carriers, admission, state, renderer, self.bugs, tokens)
        self._aftermath = Aftermath(admission, self.intake, self.outbox.console, self.outbox.left, self.journal)
        admission.keep_out(lambda each: refusal(state, each, self.clock()), lambda: state.grammar >= ORDER_SINCE)
        admission.let_back(verdicts.goes_on)

    @property
    def unfinished(self) -> bool:
        """Whether there is work left for which another turn is due at once."""
        return bool(self._backlog) or self.intake.unfinished

    @property
    def pacing(self) -> bool:
        """Whether a long reply has parts left: `pace` sends the next ones, `pacer.PACE` seconds from now."""
        return bool(self.outbox.replies.pacer)

    def start(
        self, here: Address, rules: Rules, takes_over: str = "", check: Callable[[], None] = lambda: None
    ) -> None:
        """Go on where the journal ends, as the server at `here`, by these rules, perhaps with another node's clients.

        `check` is called when the state is recovered and nothing of this start is in the journal. What it raises ends
        the start.
        """
        self._now, state = self.timer(), self.chat.state
        self.outbox.here = here
        unsent = recover(self.chat, self.journal, self._bug)
        check()
        self._let_in()
        self._bounces.start(state.reception.said - unsent)
        grammar = grammar_beside(state, state.directory.node(here), self.clock())
        self.tell(here, Started(rules, unsent, takes_over, grammar, state.names.unicode.version))

    def _let_in(self) -> None:
        """Open the gate for members that another server let in, or that come in late."""
        for address in self.chat.state.roster.clients.members:
            self.admission.restore(address, self._now)

    def tell(self, here: Address, notice: ControlInput, answer: Answer | None = None) -> None:
        """Give the journal what the server at `here` itself has to say; `answer` gets what comes of an act."""
        given = Input(self.clock(), next(self.entropy), here, notice)
        if answer is not None:
            self.outbox.console.expect(given.entropy, answer)
        self.journal.append([given])
        self.advance()

    def part_from(self, addresses: Iterable[Address]) -> None:
        """Remove members that cannot be written to any more."""
        self.journal.append([Input(self.clock(), next(self.entropy), address, Unreachable()) for address in addresses])
        self.advance()

    def advance(self) -> None:
        """Handle what the journal has committed by now, up to a bound."""
        self._now = self.timer()
        self._go_on(None)

    def stop(self) -> None:
        """Finish what was begun, as far as `STOP_SECONDS` allow; what waits is for the next server.

        Everything that was received is committed, in one batch, once all before it is sent. So what is committed and
        not sent at the end is a part of the last batch: the next server takes that batch for unsent.

        What the journal has not committed by now is lost, unless it is waited for and this is called again.
        """
        end = self.timer() + STOP_SECONDS
        self.advance()
        self._handle_until(end)
        last: list[Input] = []
        while self.intake.unfinished and not self._backlog and len(last) < MAX_LAST and self.timer() < end:
            last += self.intake.inputs(None, self._now) or ()
        if last:
            self._go_on(last)
            self._handle_until(end)

    def _handle_until(self, end: float) -> None:
        while self._backlog and self.timer() < end:
            self._go_on(None)

    def close(self) -> None:
        """Close the journal, with a final snapshot if everything committed was sent, except parts of long replies.

        Otherwise the next server begins as after a crash: with the last snapshot, and the inputs after it.
        """
        drops = self.admission.drops
        drops[DropReason.ANSWER_CUT] += len(self.outbox.replies.pacer)
        if self.intake.waiting:
            drops[DropReason.UNCOMMITTED] += self.intake.waiting
        if self._backlog:
            log.warning("ended before everything was sent, the rest is in /missed", inputs=len(self._backlog))
        else:
            self.journal.save(snapshot(self.chat.state))
        self.journal.close()

    def turn(self, source: Source) -> bool:
        """Handle what waits at `source`, up to a bound; return whether there was any, so that more may wait."""
        if self._backlog or self.intake.unfinished:
            self._go_on(None)
            return True
        if self.journal.full:
            return False
        self._now = self.timer()
        inputs = self.intake.inputs(source, self._now)
        if inputs is None:
            return False
        self.outbox.replies.late = self.intake.arrivals.late
        self._go_on(inputs)
        return True

    def tick(self) -> None:
        """Do what is due as time passes; to be called every `TICK` seconds."""
        self._now = self.timer()
        is_member, lost = self.chat.state.roster.__contains__, self.chat.state.sessions.lost
        self.intake.strangers += self.admission.tick(self._now, is_member, self.journal.commit_timeout)
        self.intake.take_idle(each for each in self.admission.idle(self._now) if is_member(each) and each not in lost)
        end_sessions(self.chat.state, self.journal, self.clock(), self.entropy)
        self.intake.take_undelivered(self._bounces.undelivered(self.chat.state.reception))
        self._go_on(None)
        self._bounces.suspects.tick(self._now, self.chat.state.reception.said, is_member)
        self.journal.tick()
        if self.journal.snapshot_due and not self.unfinished:
            self.journal.save(snapshot(self.chat.state))

    def pace(self) -> None:
        """Send the next part of each long reply."""
        self._now = self.outbox.replies.now = self.timer()
        self.outbox.pace()

    def _go_on(self, inputs: Sequence[Input] | None) -> None:
        """Give the journal inputs, or those that were left before; handle what is committed, up to a bound; send."""
        outbox, journal = self.outbox, self.journal
        outbox.work, outbox.replies.now = 0, self._now
        self._handle_committed(inputs)
        if journal.commit_timeout and (expired := journal.expired()):
            outbox.at = self.clock()
            outbox.notify_expired(expired)
        if self.admission.pending_replies:
            outbox.at = self.clock()
            outbox.notify(self.admission.replies())
        outbox.packer.flush()
        if outbox.replies.indebted:
            outbox.replies.indebted.clear()
        if self.intake.strangers or self._partings.version != self._partings.clients.version:
            self._partings.follow(self.intake.forget_strangers())

    def _handle_committed(  # noqa: C901, PLR0912 - a busy room runs this for each batch, and calls cost
        self, inputs: Sequence[Input] | None
    ) -> None:
        """Take inputs, handle what is committed, up to a bound, and render and pack what comes of it."""
        backlog, outbox, show_lines = self._backlog, self.outbox, self.show_lines
        if not backlog:
            if inputs is None:
                inputs = self.intake.inputs(None, self._now) if self.intake.unfinished else ()
            if inputs:
                self.journal.append(inputs)
            backlog.extend(self.journal.committed())
        say, departures = self.chat.say, outbox.departures
        most = 1 if show_lines else max(1, min(MAX_TOGETHER, MAX_WORK // (1 + len(self.chat.state.roster.members))))
        while backlog:
            given = backlog.popleft()
            if show_lines:
                log.debug("line", sender=str(given.sender), line=loggable(given))
            try:
                if departures and not isinstance(given.line, CONTROLS):  # before anybody enters the same rooms
                    outbox.deliver_departures()
                if (row := say(given, backlog, most)) is not None:
                    outbox.deliver_said(*row)
                elif isinstance(given.line, CONTROLS):
                    self._control(given)
                else:
                    outbox.at, acts = given.at, False
                    deliveries = self.chat.execute(given)
                    for audience, event in deliveries:
                        outbox.deliver(audience, event)
                        acts = acts or isinstance(event, Act)
                    if acts or self.admission.expelled or isinstance(given.line, Administered):
                        self._aftermath.of_line(given, deliveries, self._now)
            except Exception as exc:  # noqa: BLE001 - our own bug costs this input, not the others nor the room
                self._bug(exc, given)
            if outbox.work > MAX_WORK:
                break
        if departures:
            outbox.deliver_departures()

    def _control(self, given: Input) -> None:
        """Handle an input that is no line: what it brings is sent once all that follow it are handled."""
        self.outbox.at = given.at
        deliveries = self.chat.execute(given)
        self.outbox.departures += [(given.at, each) for each in deliveries]
        self._aftermath.of_control(given, deliveries)
        if isinstance(given.line, Heartbeat | Started):
            self._let_in()
            if self.observer:
                self.observer.saw(given)

    def _bug(self, exc: Exception, given: Input) -> None:
        self.admission.drops[DropReason.BUG] += 1
        self.outbox.console.discard()
        shown = loggable(given)
        self.bugs.log(exc, secret=shown is not given.line, sender=str(given.sender), given=shown)
