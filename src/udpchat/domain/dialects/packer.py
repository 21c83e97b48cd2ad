"""Lines -> datagrams of whole lines, with one open run for each group of clients.

A run is what is under way to the members that one carrier reaches. Most of them receive the same datagrams, which are
made once. A client that receives something else gets a tail instead: all that it was to receive so far, its own lines,
and the room's lines from there on. So a newcomer, a reply or a departure does not end the run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

import attrs

from udpchat.domain.address import Address
from udpchat.domain.rooms.roster import Roster

# Datagrams handed over at once. This bounds what waits while they fill; at 1,400 bytes all fit into one IP packet.
MAX_RUN = 16
MAX_RUN_SENDS = 20_000  # the same, in sends of a datagram to one client: some 40 ms, in which no signal is served
MAX_TAILS = 256  # at once, since each line of the room is added to all of them: as many newcomers as a batch brings


class Send(Protocol):
    """How datagrams leave: `Carrier.send`."""

    def __call__(self, datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()) -> None:
        """Send each datagram to each address that is not in `but`."""


@attrs.define(eq=False)
class Datagrams:
    """Datagrams of at most `limit` bytes that fill up with lines."""

    limit: int
    full: list[bytes] = attrs.field(factory=list)
    lines: list[bytes] = attrs.field(factory=list)  # of the datagram that is not full
    size: int = 0  # bytes of these lines

    def add(self, line: bytes) -> None:
        """Add a line of at most `limit` bytes, not empty."""
        self.size += len(line)
        if self.size > self.limit and self.lines:
            self.full.append(b"".join(self.lines))
            self.lines = []
            self.size = len(line)
        self.lines.append(line)

    def all(self) -> list[bytes]:
        """Return all datagrams."""
        return [*self.full, b"".join(self.lines)] if self.lines else []


@attrs.define(eq=False)
class Tail:
    """What one client receives instead of the shared run."""

    datagrams: Datagrams
    in_audience: bool  # the audience of the run has it
    is_member: bool  # it receives what is said in the room from here on


@attrs.define(eq=False)
class Run:
    """What is under way to the members that one carrier reaches; lines have at most `limit` bytes.

    `failed` gets what `send` raises. Then only these datagrams are lost, not those for others.
    """

    carrier: str
    send: Send
    failed: Callable[[Exception], None]
    limit: int
    roster: Roster
    _audience: tuple[Address, ...] = attrs.field(default=(), init=False)
    _version: int = attrs.field(default=-1, init=False)  # of the roster, up to which its changes were followed
    _shared: Datagrams = attrs.field(init=False)
    _tails: dict[Address, Tail] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._shared = Datagrams(self.limit)

    def add(self, line: bytes, but: Address | None = None) -> int:
        """Add a line for all members, or for all but one. Return the number of sends, as `flush` does."""
        sends = 0 if self._version == self.roster.version else self._follow()
        if but is not None and but not in self._tails and but.carrier == self.carrier:
            self._tail(but)
        shared = self._shared
        if not self._tails and shared.size + len(line) <= self.limit:  # nearly always: `shared.add` in short
            shared.size += len(line)
            shared.lines.append(line)
            return sends
        shared.add(line)
        filled = len(shared.full)
        if self._tails:
            for address, tail in self._tails.items():
                if tail.is_member and address != but:
                    tail.datagrams.add(line)
                    if len(tail.datagrams.full) >= MAX_RUN - 1:
                        sends += self._send_full(address, tail.datagrams)
            if len(self._tails) > MAX_TAILS:
                filled = MAX_RUN
        if filled and (filled >= MAX_RUN - 1 or filled * len(self._audience) >= MAX_RUN_SENDS):
            sends += self.flush()
        return sends

    def reply(self, address: Address, line: bytes) -> int:
        """Add a line for one address, of a member or not. Return the number of sends, as `flush` does."""
        # While nothing is shared, nobody needs the audience. To make it again for each of many departures takes long.
        sends = 0 if self._version == self.roster.version or not self._shared.lines else self._follow()
        datagrams = self._tail(address).datagrams
        datagrams.add(line)
        if len(datagrams.full) >= MAX_RUN - 1:  # this client's lines alone: the run of the others goes on
            sends += self._send_full(address, datagrams)
        if len(self._tails) > MAX_TAILS:
            sends += self.flush()
        return sends

    def flush(self) -> int:
        """Send all; return how many datagrams that were, counted for each recipient."""
        shared, tails, audience = self._shared, self._tails, self._audience
        if not shared.lines and not tails:
            if self._version != self.roster.version:
                self._follow()  # now, when nothing waits for it
            return 0
        self._shared = Datagrams(self.limit)
        others = len(audience)
        handed: list[tuple[list[bytes], tuple[Address, ...], tuple[Address, ...], int]] = []
        if tails:
            self._tails = {}
            if audience is not self.roster.groups.get(self.carrier):
                self._audience, self._version = self.roster.group(self.carrier), self.roster.version
            for address, tail in tails.items():
                others -= tail.in_audience
                if tail.datagrams.lines:
                    handed.append((tail.datagrams.all(), (address,), (), 1))
        if others and shared.lines:  # last: a carrier remembers what it sent last, and may have to send it again
            handed.append((shared.all(), audience, tuple(tails), others))
        sends = 0
        for datagrams, addresses, but, number in handed:
            sends += len(datagrams) * number
            try:
                self.send(datagrams, addresses, but)
            except Exception as exc:  # noqa: BLE001 - our own bug in a carrier
                self.failed(exc)
        return sends

    def _send_full(self, address: Address, datagrams: Datagrams) -> int:
        """Send what is full of the tail of one address; return the number of sends."""
        full, datagrams.full = datagrams.full, []
        try:
            self.send(full, (address,))
        except Exception as exc:  # noqa: BLE001 - as in `flush`
            self.failed(exc)
        return len(full)

    def _tail(self, address: Address) -> Tail:
        """Return the tail of an address. Without one, it received the shared run so far if it is a member."""
        tail = self._tails.get(address)
        if tail is None:
            shared, is_member = self._shared, address in self.roster.members
            datagrams = Datagrams(self.limit)
            if is_member:
                datagrams = Datagrams(self.limit, [*shared.full], [*shared.lines], shared.size)
            tail = self._tails[address] = Tail(datagrams, is_member, is_member)
        return tail

    def _follow(self) -> int:
        """Give a tail to each client that joined or left since the last line. Return the number of sends."""
        changes = self.roster.changes_since(self._version)
        self._version = self.roster.version
        sends = self.flush() if changes is None else 0  # too many: the rest is for the audience of another run
        if not self._shared.lines:  # nothing is shared so far: the audience can be another
            self._audience = self.roster.group(self.carrier)
            for address, tail in self._tails.items():
                tail.in_audience = tail.is_member = address in self.roster.members
            return sends
        for address, joined in changes or ():
            if address.carrier != self.carrier:
                continue
            if address in self._tails:
                self._tails[address].is_member = joined
            elif joined:
                self._tails[address] = Tail(Datagrams(self.limit), in_audience=False, is_member=True)
            else:
                shared = self._shared
                datagrams = Datagrams(self.limit, [*shared.full], [*shared.lines], shared.size)
                self._tails[address] = Tail(datagrams, in_audience=True, is_member=False)
        return sends
