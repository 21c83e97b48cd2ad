"""One member: its name, and where it is."""

from __future__ import annotations

import attrs

from udpchat.domain.address import Address
from udpchat.domain.rooms.members.look import PLAIN, Look
from udpchat.domain.rooms.room import Room
from udpchat.domain.text.nickname import Nickname


@attrs.define(eq=False)
class Place:
    """Where a member is, and since when. It changes in place, because a busy room changes it for each line.

    No two members ever have the same `number`; it is 0 before `ROOMS_SINCE`. `since` is when the member joined and
    `last` when its last line came, in seconds since 1970 UTC; 0 if that is unknown. `rooms` are in order of entering,
    and it speaks in `room`, one of them.
    """

    room: Room
    rooms: tuple[Room, ...]
    number: int = 0
    since: float = 0.0
    last: float = 0.0
    look: Look = PLAIN


@attrs.frozen
class Member:
    """Somebody on the server."""

    address: Address
    nickname: Nickname
    keys: tuple[str, ...] = attrs.field(repr=False)  # what the nickname is known by, sorted
    place: Place = attrs.field(repr=False, eq=False)
