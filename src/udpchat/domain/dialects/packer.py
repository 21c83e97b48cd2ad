"""Lines -> datagrams of whole lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from udpchat.domain.address import Address

# Datagrams handed over at once. This bounds what waits while they fill; at 1,400 bytes all fit into one IP packet.
MAX_RUN = 16

Send = Callable[[Sequence[bytes], Sequence[Address]], None]


@attrs.define(eq=False)
class Packer:
    """Joins consecutive lines for the same recipients into datagrams of at most `limit` bytes.

    `send` gets runs of 1 to `MAX_RUN` datagrams. Each line stands whole in one datagram, in order, so every recipient
    gets the same bytes in the same order as without packing. `sends` counts datagrams, one for each recipient.
    """

    limit: int
    send: Send
    sends: int = 0
    _to: Sequence[Address] = attrs.field(default=(), init=False)
    _full: list[bytes] = attrs.field(factory=list, init=False)
    _waiting: list[bytes] = attrs.field(factory=list, init=False)
    _size: int = attrs.field(default=0, init=False)

    def add(self, to: Sequence[Address], line: bytes) -> None:
        """Take a line of at most `limit` bytes, not empty, for one or more recipients."""
        if to is not self._to and to != self._to:
            self.flush()
            self._to = to
        self._size += len(line)
        if self._size > self.limit and self._waiting:
            self._full.append(b"".join(self._waiting))
            self._waiting = []
            self._size = len(line)
            if len(self._full) == MAX_RUN:
                full, self._full = self._full, []
                self._hand_over(full)
        self._waiting.append(line)

    def flush(self) -> None:
        """Hand over what waits."""
        if self._waiting:
            datagrams = [*self._full, b"".join(self._waiting)]
            self._full, self._waiting, self._size = [], [], 0  # first: should sending fail, they are not sent again
            self._hand_over(datagrams)

    def _hand_over(self, datagrams: list[bytes]) -> None:
        self.send(datagrams, self._to)
        self.sends += len(datagrams) * len(self._to)
