"""Which protocol serves a connection, once it is known what the client speaks."""

from __future__ import annotations

import attrs

from udpchat.adapters.tcp.protocols.protocol import HttpFactory, StreamProtocol
from udpchat.adapters.tcp.protocols.records import RecordProtocol
from udpchat.adapters.tcp.protocols.refusal import Refusal, is_safe, refusal_of
from udpchat.adapters.tcp.protocols.sniffing import Speech
from udpchat.adapters.tcp.protocols.text import TextProtocol
from udpchat.adapters.udp.address import SockAddr


@attrs.frozen
class Speakers:
    """Makes protocols. `max_line` is bytes.

    `http` serves GET and HEAD. Without it there is no page. Other methods never reach it.
    """

    max_line: int
    http: HttpFactory | None = None

    def make(self, speech: Speech, first: bytes, peer: SockAddr, here: SockAddr) -> StreamProtocol:
        """Return a protocol for a connection from `peer` to `here` that begins with these bytes."""
        match speech:
            case Speech.TEXT:
                return TextProtocol(self.max_line)
            case Speech.JSON:
                return RecordProtocol(self.max_line)
            case Speech.HTTP if self.http is not None and is_safe(first):
                return self.http(peer, here)
            case _:
                return Refusal(refusal_of(speech, first))
