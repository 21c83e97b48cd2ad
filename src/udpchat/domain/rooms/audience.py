"""Which clients receive an event.

An audience is a rule, never a list of copies: one broadcast to 10,000 members is one value.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.address import Address
from udpchat.domain.event import Event


@attrs.frozen
class InRoom:
    """All members of a room, by its name, but those at the addresses in `but`. All read the same words."""

    room: str
    but: frozenset[Address] = frozenset()


@attrs.frozen
class InRoomBy:
    """All members of a room, and the client at `address`, which caused the event.

    It reads its own words, and may have just left. Those at the addresses in `but` receive nothing.
    """

    room: str
    address: Address
    but: frozenset[Address] = frozenset()


@attrs.frozen
class Only:
    """The client at `address`, whether it is a member or not. It asked, so it pays, and reads its own words."""

    address: Address


@attrs.frozen
class Notify:
    """The client at `address`, which did not ask. It does not pay, and reads the words for others."""

    address: Address


Audience = InRoom | InRoomBy | Only | Notify

Delivery = tuple[Audience, Event]


def without(readers: frozenset[Address], deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Return the deliveries that are left if these readers receive nothing. Who asked is answered nevertheless."""
    return [
        (
            attrs.evolve(audience, but=audience.but | readers) if isinstance(audience, InRoom | InRoomBy) else audience,
            event,
        )
        for audience, event in deliveries
        if not isinstance(audience, Notify) or audience.address not in readers
    ]
