"""Which clients receive an event.

An audience is a rule, never a list of copies: one broadcast to 10,000 members is one value.
"""

from __future__ import annotations

import attrs

from udpchat.domain.address import Address
from udpchat.domain.event import Event


@attrs.frozen
class InRoom:
    """All members. All read the same words."""


@attrs.frozen
class InRoomBy:
    """All members, and the client at `address`, which caused the event, reads its own words, and may have just left."""

    address: Address


@attrs.frozen
class Only:
    """The client at `address`, whether it is a member or not. It reads its own words."""

    address: Address


Audience = InRoom | InRoomBy | Only
IN_ROOM = InRoom()

Delivery = tuple[Audience, Event]
