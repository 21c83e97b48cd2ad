"""Which clients receive an event.

An audience is a rule, never a list of copies: one broadcast to 10,000 members is one value.

Programs (members whose look is `json`) read what all others in a room read, whoever did it, with a number. So to them
`but` means nothing: the machine says in `hidden` which of them get only the number. It fills in `seq`, `hidden`, `own`,
`json` and `id` when it has handled an input; families of commands know nothing of them. A row of plain lines
(`Chat.say`) is for the room's one `everyone`, which has no number: its lines have the last ones of `Room.seq`.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.address import Address
from udpchat.domain.event import Event


@attrs.frozen
class InRoom:
    """All members of a room, by its name, but those at the addresses in `but`. All read the same words.

    `seq` is the number of the event in the room; 0 if no program is there, or if it is a plain line of a row.
    """

    room: str
    but: frozenset[Address] = frozenset()
    seq: int = 0
    hidden: frozenset[Address] = frozenset()


@attrs.frozen
class InRoomBy:
    """All members of a room, and the client at `address`, which caused the event.

    It reads its own words, and may have just left. Those at the addresses in `but` receive nothing. If it is a program
    that is still in the room, it reads the same as all programs there. `json` tells that it is or was a program.
    """

    room: str
    address: Address
    but: frozenset[Address] = frozenset()
    seq: int = 0
    hidden: frozenset[Address] = frozenset()
    json: bool = False


@attrs.frozen
class Only:
    """The client at `address`, whether it is a member or not. It asked, so it pays, and reads its own words.

    `json` tells that it is or was a program. `id` is the one that it gave its line, 0 if it gave none.
    """

    address: Address
    json: bool = False
    id: int = 0


@attrs.frozen
class Notify:
    """The client at `address`, which did not ask. It does not pay, and reads the words for others.

    `json` tells that it is or was a program. `own` is the number that the event has for it alone, 0 if it has none.
    """

    address: Address
    json: bool = False
    own: int = 0


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
