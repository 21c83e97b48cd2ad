"""Clients that receive the same bytes, and who of them came or went lately."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

import attrs

from udpchat.domain.address import Address

MAX_CHANGES = 1024  # that are remembered: more than one batch brings, unless a crowd times out


@attrs.define(eq=False)
class Crowd:
    """Clients of this server, in order of coming. Clients of other nodes are left out: no carrier here reaches them.

    `version` counts how often a client came or went.
    """

    members: dict[Address, None] = attrs.field(factory=dict, init=False)  # always this one dictionary
    version: int = attrs.field(default=0, init=False)
    groups: dict[str, tuple[Address, ...]] = attrs.field(factory=dict, init=False)  # kept until the next change
    _changes: deque[tuple[Address, bool]] = attrs.field(factory=lambda: deque(maxlen=MAX_CHANGES), init=False)

    def add(self, address: Address) -> None:
        """Add a client, last in the order."""
        if address.carrier:
            self.members[address] = None
            self._change(address, came=True)

    def remove(self, address: Address) -> None:
        """Remove a client."""
        if address.carrier:
            del self.members[address]
            self._change(address, came=False)

    def replace(self, addresses: Iterable[Address]) -> None:
        """Be another crowd from now on."""
        self.members.clear()
        self.members.update(dict.fromkeys(each for each in addresses if each.carrier))
        self._changes.clear()
        self.groups.clear()
        self.version += 1

    def changes_since(self, version: int) -> Sequence[tuple[Address, bool]] | None:
        """Return which clients came (true) or went after a version; None if that is too long ago."""
        number = self.version - version
        if number > len(self._changes):
            return None
        return list(islice(self._changes, len(self._changes) - number, None))

    def group(self, carrier: str) -> tuple[Address, ...]:
        """Return the addresses that a carrier reaches, in order of coming.

        The tuple is the same object for as long as nobody comes or goes.
        """
        found = self.groups.get(carrier)
        if found is None:
            found = self.groups[carrier] = tuple(each for each in self.members if each.carrier == carrier)
        return found

    def _change(self, address: Address, *, came: bool) -> None:
        self.version += 1
        self._changes.append((address, came))
        self.groups.clear()
