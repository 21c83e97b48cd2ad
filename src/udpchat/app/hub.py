"""The loop body, synchronous: a batch of datagrams in, what is to be said out.

The same hub runs in production and in tests; only the transport, the clock and the entropy differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import attrs
import structlog

from udpchat.app import logs
from udpchat.domain import packing, text, wording
from udpchat.domain.chat import Chat, Input
from udpchat.domain.ports import Address, Datagram, Source, Transport
from udpchat.domain.text import Line

# One turn ends when it has done so much, so that no flood keeps signals and other sockets waiting for long.
MAX_DATAGRAMS = 256  # taken at once
MAX_LINES = 4096  # handled: some 10 ms
MAX_SENDS = 50_000  # datagrams to single clients: some 100 ms

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class Hub:
    """Joins a chat to a transport.

    `clock` gives seconds since 1970 UTC, `entropy` a number of 64 random bits. `max_datagram` and `max_line` are bytes.
    `show_lines` logs what people say, at level debug.
    """

    chat: Chat
    transport: Transport
    clock: Callable[[], float]
    entropy: Callable[[], int]
    max_datagram: int
    max_line: int
    show_lines: bool = False
    _lines: Iterator[tuple[Address, Line]] | None = attrs.field(default=None, init=False)
    _sends: int = attrs.field(default=0, init=False)

    @property
    def unfinished(self) -> bool:
        """Whether lines of a batch are left, for which another turn is due."""
        return self._lines is not None

    def turn(self, source: Source) -> bool:
        """Handle what waits at `source`, up to a bound; return whether there was any, so that more may wait."""
        if self._lines is None:
            batch = source.receive(MAX_DATAGRAMS)
            if not batch:
                return False
            self._lines = self._split(batch)
        self._sends = 0
        for hearers, datagrams in packing.pack(self._sentences(self._lines), self.max_datagram):
            self.transport.send(datagrams, hearers)
            self._sends += len(hearers) * len(datagrams)
        return True

    def _split(self, batch: Iterable[Datagram]) -> Iterator[tuple[Address, Line]]:
        """Yield the lines of each datagram, with their sender."""
        for datagram in batch:
            try:
                lines = text.lines(datagram.payload, self.max_line)
            except Exception as exc:  # noqa: BLE001 - our own bug costs this datagram, not the others nor the room
                logs.bug(exc)
                continue
            for line in lines:
                yield datagram.sender, line

    def _sentences(self, lines: Iterator[tuple[Address, Line]]) -> Iterator[tuple[Sequence[Address], bytes]]:
        """Handle lines; yield each sentence, with who is to hear it as the roster is at that moment."""
        at, entropy, limit = self.clock(), self.entropy, self.max_datagram
        handle, hearers = self.chat.handle, self.chat.roster.hearers
        left = MAX_LINES
        for sender, line in lines:
            left -= 1
            if self.show_lines:
                log.debug("line", sender=str(sender), line=line)
            try:
                for audience, event in handle(Input(at, entropy(), sender, line)):
                    to = hearers(audience)
                    for sentence in wording.sentences(event, limit):
                        yield to, sentence
            except Exception as exc:  # noqa: BLE001 - our own bug costs this line, not the others nor the room
                logs.bug(exc)
            if not left or self._sends > MAX_SENDS:
                return  # the rest of `lines` is for the next turn
        self._lines = None
