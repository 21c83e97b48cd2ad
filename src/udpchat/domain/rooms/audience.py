"""Who receives an event.

An audience is a rule, never a list of copies: one broadcast to 10,000 people is one value.
"""

from __future__ import annotations

import attrs

from udpchat.domain.address import Address
from udpchat.domain.sentence import Event


@attrs.frozen
class InRoom:
    """Everybody in the room. All read the same."""


@attrs.frozen
class InRoomBy:
    """Everybody in the room, and the one at `address` who caused it, even if it has just left, in its own wording."""

    address: Address


@attrs.frozen
class Only:
    """The one at `address`, in the room or not. It reads its own wording."""

    address: Address


Audience = InRoom | InRoomBy | Only
IN_ROOM = InRoom()

Delivery = tuple[Audience, Event]
