"""The loop body, synchronous: a batch of datagrams in, what is to be said out.

The same hub runs in production and in the simulation; only the transport, the clock and the entropy differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import attrs
import structlog

from udpchat.app import logs
from udpchat.domain import packing, text, wording
from udpchat.domain.chat import Chat, Input
from udpchat.domain.ports import Address, Datagram, Transport

MAX_BATCH = 256  # datagrams taken in one go: bounds how long a flood can keep signals and other sockets waiting

log = structlog.get_logger(__name__)


@attrs.define(eq=False)
class Hub:
    """Joins a chat to a transport.

    `clock` gives seconds since 1970 UTC, `entropy` a number of 64 random bits.
    `max_datagram` and `max_line` are bytes.
    """

    chat: Chat
    transport: Transport
    clock: Callable[[], float]
    entropy: Callable[[], int]
    max_datagram: int
    max_line: int

    def turn(self) -> int:
        """Handle what waits, up to `MAX_BATCH` datagrams; return how many there were."""
        batch = self.transport.receive(MAX_BATCH)
        sentences = (pair for datagram in batch for pair in self._handle(datagram))
        for hearers, payload in packing.pack(sentences, self.max_datagram):
            self.transport.send(payload, hearers)
        return len(batch)

    def _handle(self, datagram: Datagram) -> Iterator[tuple[Sequence[Address], bytes]]:
        """Yield each sentence that `datagram` brings about, with who is to hear it as the roster is at that moment."""
        at = self.clock()
        for line in text.lines(datagram.payload, self.max_line):
            log.debug("line", sender=str(datagram.sender), line=line)
            try:
                for audience, event in self.chat.handle(Input(at, self.entropy(), datagram.sender, line)):
                    hearers = self.chat.roster.hearers(audience)
                    for sentence in wording.sentences(event, self.max_datagram):
                        yield hearers, sentence
            except Exception as exc:  # noqa: BLE001 - our own bug costs this line, not the others nor the room
                logs.bug(exc)
