"""The loop body, synchronous: a batch of datagrams in, what is to be said out.

The same hub runs in production and in tests; only the transport, the clocks and the entropy differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

import attrs
import structlog

from udpchat.app.logs import Bugs
from udpchat.domain import packing, text, wording
from udpchat.domain.admission import Admission
from udpchat.domain.chat import Chat, Input, News, Utterance
from udpchat.domain.drop import Drop
from udpchat.domain.event import EVERYONE, Only
from udpchat.domain.mistake import LineTooLong
from udpchat.domain.ports import Address, Bounce, Datagram, Source, Transport
from udpchat.domain.reachability import Suspects
from udpchat.domain.text import Line

# One turn ends when it has done so much, so that no flood keeps signals and other sockets waiting for long.
MAX_DATAGRAMS = 256  # taken at once
MAX_LINES = 4096  # handled: some 10 ms
MAX_SENDS = 50_000  # datagrams to single clients: some 100 ms
TICK = 1.0  # seconds from one call of `tick` to the next

log = structlog.get_logger(__name__)

Item = tuple[Address, Line | News]


@attrs.define(eq=False)
class Hub:
    """Joins a chat to a transport, behind the gate of an admission.

    `clock` gives seconds since 1970 UTC, `timer` seconds that no clock setting changes, `entropy` a number of 64 random
    bits. `max_datagram` and `max_line` are bytes. `show_lines` logs what is said and dropped, at level debug.
    """

    chat: Chat
    transport: Transport
    admission: Admission
    clock: Callable[[], float]
    timer: Callable[[], float]
    entropy: Callable[[], int]
    max_datagram: int
    max_line: int
    show_lines: bool = False
    bugs: Bugs = attrs.field(factory=Bugs)
    _suspects: Suspects = attrs.field(factory=Suspects, init=False)
    _items: Iterator[Item] | None = attrs.field(default=None, init=False)
    _bounces: list[Bounce] = attrs.field(factory=list, init=False)
    _idle: list[Address] = attrs.field(factory=list, init=False)
    _strangers: list[Address] = attrs.field(factory=list, init=False)
    _sends: int = attrs.field(default=0, init=False)
    _now: float = attrs.field(default=0.0, init=False)  # by the timer, of the turn

    @property
    def unfinished(self) -> bool:
        """Whether lines of a batch are left, for which another turn is due."""
        return self._items is not None

    def turn(self, source: Source) -> bool:
        """Handle what waits at `source`, up to a bound; return whether there was any, so that more may wait."""
        if self._items is None:
            batch, bounces = source.receive(MAX_DATAGRAMS), self.transport.bounces()
            if not batch and not bounces:
                return False
            self._now = self.timer()
            self._items = self._admitted(batch)
            self._bounces += bounces
        self._say(self._items)
        return True

    def tick(self) -> None:
        """Do what is due as time passes; to be called every `TICK` seconds."""
        self._now = self.timer()
        is_member = self.chat.roster.__contains__
        self._strangers += self.admission.tick(self._now, is_member)
        self._idle = [address for address in self.admission.idle(self._now) if is_member(address)]
        self._say(self._items or iter(()))
        self._suspects.expire(self._now, is_member)

    def _say(self, items: Iterator[Item]) -> None:
        """Handle what is at hand, up to a bound, and send what comes of it."""
        self._sends = 0
        sentences = self._sentences(items)
        if self._bounces or self._idle:  # what waited was sent before its sender was gone, so it is handled first
            sentences = chain(sentences, self._departures())
        for hearers, datagrams in packing.pack(sentences, self.max_datagram):
            self.transport.send(datagrams, hearers)
            self._sends += len(hearers) * len(datagrams)
        for address, sentence in self.admission.replies():
            self.transport.send((sentence,), (address,))
        if self._strangers:
            self.transport.forget([address for address in self._strangers if address not in self.admission])
            self._strangers.clear()

    def _admitted(self, batch: Iterable[Datagram]) -> Iterator[Item]:
        """Yield the lines of a batch that may be said, with their sender."""
        admit, suspects, max_line = self.admission.admit, self._suspects.since, self.max_line
        for datagram in batch:
            sender = datagram.sender
            try:
                payload = admit(datagram, self._now)
                if not isinstance(payload, bytes):
                    self._dropped(sender, payload)
                    continue
                lines = text.lines(payload, max_line)
                if len(payload) > max_line:
                    self.admission.drops[Drop.LINE_TOO_LONG] += sum(isinstance(line, LineTooLong) for line in lines)
            except Exception as exc:  # noqa: BLE001 - our own bug costs this datagram, not the others nor the room
                self._bug(exc, sender, datagram.payload)
                continue
            if suspects:
                self._suspects.clear(sender)
            for line in lines:
                yield sender, line

    def _dropped(self, sender: Address, reason: Drop) -> None:
        if self.show_lines:
            log.debug("dropped", sender=str(sender), reason=reason.value)
        if sender not in self.admission:
            self._strangers.append(sender)

    def _departures(self) -> Iterator[tuple[Sequence[Address], bytes]]:
        """Have those leave who are gone or idle; yield what is said of it, with who is to hear it.

        All leave before anybody is told: or of thousands who are gone at once, each would be told of all others.
        """
        if self._items is not None:
            return  # there is more to be handled first
        leaving: list[Item] = [(address, "/quit") for address in self._idle]
        leaving += [(address, News.UNREACHABLE) for address in self._confirmed(self._bounces)]
        self._idle, self._bounces = [], []
        said: list[Utterance] = []
        for address, why in leaving:
            try:
                said += self.chat.handle(Input(self.clock(), self.entropy(), address, why))
            except Exception as exc:  # noqa: BLE001 - our own bug costs this departure, not the others nor the room
                self._bug(exc, address, why)
        for audience, event in sorted(said, key=lambda utterance: utterance[0] is EVERYONE):
            to = self.chat.roster.hearers(audience)
            for sentence in wording.sentences(event, self.max_datagram):
                yield to, sentence

    def _confirmed(self, bounces: Iterable[Bounce]) -> list[Address]:
        """Send what came back once more; return who is gone because that came back too."""
        gone: dict[Address, None] = {}
        for bounce in bounces:
            address = bounce.address
            self.admission.drops[Drop.UNREACHABLE] += 1
            if address not in self.chat.roster or address in gone:
                continue
            if self._suspects.confirms(address, self._now):
                gone[address] = None
            elif bounce.payload:
                self.transport.send((bounce.payload,), (address,))
        return list(gone)

    def _sentences(self, items: Iterator[Item]) -> Iterator[tuple[Sequence[Address], bytes]]:
        """Handle lines; yield each sentence, with who is to hear it as the roster is at that moment."""
        at, entropy, limit = self.clock(), self.entropy, self.max_datagram
        handle, hearers, charge = self.chat.handle, self.chat.roster.hearers, self.admission.charge
        indebted: set[Address] = set()
        left = MAX_LINES
        for sender, line in items:
            left -= 1
            if self.show_lines:
                log.debug("line", sender=str(sender), line=line)
            try:
                if indebted and sender in indebted:
                    self.admission.drop(sender, self._now)
                    said: list[Utterance] = []
                else:
                    said = handle(Input(at, entropy(), sender, line))
                for audience, event in said:
                    to = hearers(audience)
                    for sentence in wording.sentences(event, limit):
                        yield to, sentence
                        if (
                            audience is not EVERYONE
                            and isinstance(audience, Only)
                            and charge(sender, len(sentence), self._now)
                        ):
                            indebted.add(sender)
            except Exception as exc:  # noqa: BLE001 - our own bug costs this line, not the others nor the room
                self._bug(exc, sender, line)
            if not left or self._sends > MAX_SENDS:
                return  # the rest of `items` is for the next turn
        self._items = None

    def _bug(self, exc: Exception, sender: Address, given: object) -> None:
        self.admission.drops[Drop.BUG] += 1
        self.bugs.log(exc, sender=str(sender), given=repr(given))
