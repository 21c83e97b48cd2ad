"""Connections of clients that are no members any more, or that the gate sent away: they end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from udpchat.domain.address import Address
from udpchat.domain.ports.carrier import Carrier
from udpchat.domain.rooms.members.crowd import Crowd


@attrs.define(eq=False)
class Partings:
    """Ends connections, behind what was sent to them. `clients` are the members that are clients of this server.

    `version` is that of the clients up to which their changes were followed.
    """

    carriers: Mapping[str, Carrier]
    clients: Crowd
    version: int = attrs.field(default=0, init=False)

    def follow(self, refused: Iterable[Address]) -> None:
        """End the connections of strangers that were `refused`, and of clients that left since the last call.

        If more left than are remembered, the carriers find out at their next tick.
        """
        changes, self.version = self.clients.changes_since(self.version), self.clients.version
        members = self.clients.members
        left = [address for address, came in changes or () if not came and address not in members]
        for address in (*refused, *left):
            if (carrier := self.carriers.get(address.carrier)) is not None:
                carrier.end((address,))
