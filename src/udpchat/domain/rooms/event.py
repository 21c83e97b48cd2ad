"""What happened, in the past tense, and who is to hear of it.

An audience is a rule, never a list of copies: one broadcast to 10,000 people is one value.
"""

from __future__ import annotations

import attrs

from udpchat.domain.address import Address
from udpchat.domain.rejection import Rejection
from udpchat.domain.text.nickname import Nickname


@attrs.frozen
class Everyone:
    """All who are in the room, the one it came from included."""


@attrs.frozen
class EveryoneBut:
    """All who are in the room, but for the one at `address`."""

    address: Address


@attrs.frozen
class Only:
    """The one at `address`, in the room or not."""

    address: Address


Audience = Everyone | EveryoneBut | Only
EVERYONE = Everyone()


# Made for each line and never changed: to be frozen would treble what making it costs.
@attrs.define
class Said:
    """`nickname` said `text` at `at`, in seconds since 1970 UTC."""

    nickname: Nickname
    text: str
    at: float = 0.0


@attrs.frozen
class NicknameSet:
    """The hearer's own nickname was changed."""

    old: Nickname
    new: Nickname


@attrs.frozen
class NicknameChanged:
    """Somebody else changed their nickname."""

    old: Nickname
    new: Nickname


@attrs.frozen
class ClientsListed:
    """The hearer asked who is here: where, as far as that is shown, and nicknames, in order of joining."""

    clients: tuple[tuple[str, Nickname], ...]


@attrs.frozen
class ListQueried:
    """Somebody else asked who is here."""

    nickname: Nickname


@attrs.frozen
class Recalled:
    """The hearer is shown lines that were said before, oldest first."""

    lines: tuple[Said, ...]


@attrs.frozen
class Welcomed:
    """The hearer came in, and is shown the lines said last, oldest first, as far as that may be at its address."""

    lines: tuple[Said, ...]


@attrs.frozen
class NothingSaid:
    """The hearer asked for what was said before, and there is nothing."""


@attrs.frozen
class NothingMissed:
    """The hearer asked for what was said while it was away, and there is nothing."""


@attrs.frozen
class Disconnected:
    """The hearer left."""


@attrs.frozen
class Left:
    """Somebody else left."""

    nickname: Nickname


@attrs.frozen
class HelpShown:
    """The hearer asked for the commands."""


@attrs.frozen
class Entered:
    """The hearer asked to enter, and is in."""

    nickname: Nickname


@attrs.frozen
class Refused:
    """What the hearer sent was refused, and why."""

    why: Rejection


Event = (
    Said
    | NicknameSet
    | NicknameChanged
    | ClientsListed
    | ListQueried
    | Recalled
    | Welcomed
    | NothingSaid
    | NothingMissed
    | Disconnected
    | Left
    | HelpShown
    | Entered
    | Refused
)
