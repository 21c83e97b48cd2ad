"""Who may not speak anywhere, who may not come in, and whether strangers may."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import cast

import attrs

from udpchat.domain.address import Address, Scope
from udpchat.domain.rooms.order import Mute, moved, put
from udpchat.domain.rooms.slice import Watcher
from udpchat.domain.rooms.state import ChatState

SANCTIONS = "sanctions"  # the slice, as it is stored
MAX_BANS = 1000  # every stranger is compared with each


@attrs.frozen
class Ban:
    """Clients that may not come in until a time, in seconds since 1970 UTC.

    They are those at one `address`, or in a network: the first `bits` of `prefix`, in hexadecimal, 4 bytes for IPv4 and
    8 for IPv6. Nor may the owner of the name with these `keys`, wherever it comes from. `shown` stands for them where
    people read of it, and never has an address that is hidden.
    """

    shown: str
    until: float
    by: str
    why: str = ""
    address: Address | None = None
    prefix: str = ""
    bits: int = 0
    keys: tuple[str, ...] = ()

    @property
    def whom(self) -> tuple[object, ...]:
        """Return whom it is about."""
        return self.address, self.prefix, self.bits, self.keys

    @property
    def is_on_network(self) -> bool:
        """Return whether `shown` is a network, as somebody typed it. No nickname and no cloak has a slash."""
        return "/" in self.shown

    def covers(self, address: Address) -> bool:
        """Return whether an address may not come in."""
        if self.address is not None:
            return address == self.address
        mine, other = bytes.fromhex(self.prefix), address.network.prefix
        if len(mine) != len(other):
            return False
        rest = 8 * len(mine) - self.bits
        return int.from_bytes(mine) >> rest == int.from_bytes(other) >> rest


@attrs.define
class Sanctions(Watcher):
    """Who is muted on the whole server, the bans in order, and who closed the server for strangers ("" if nobody)."""

    muted: dict[Address, Mute] = attrs.field(factory=dict)
    bans: list[Ban] = attrs.field(factory=list)
    lockdown: str = ""

    @property
    def watched(self) -> Collection[Address]:
        """Return who is muted: their lines take the long way."""
        return self.muted

    def mute(self, address: Address, mute: Mute) -> None:
        """Let a client say nothing anywhere."""
        put(self.muted, address, mute)

    def ban(self, ban: Ban, at: float) -> None:
        """Let some clients not come in. A ban of the same ones is replaced, and bans that are over go."""
        kept = [each for each in self.in_force(at) if each.whom != ban.whom]
        self.bans = [*kept, ban][-MAX_BANS:]

    def in_force(self, at: float) -> Iterator[Ban]:
        """Yield the bans that are not over."""
        return (ban for ban in self.bans if ban.until > at)

    def ban_on(self, address: Address, at: float) -> Ban | None:
        """Return the ban that keeps an address out, if there is one."""
        return next((ban for ban in self.in_force(at) if ban.covers(address)), None) if self.bans else None

    def ban_on_name(self, keys: Collection[str], at: float) -> Ban | None:
        """Return the ban that keeps out the owner of a name, if there is one."""
        return next((ban for ban in self.in_force(at) if not set(keys).isdisjoint(ban.keys)), None)

    def leave(self, _: Address) -> None:
        """Keep everything: who comes back is muted as before."""

    def move(self, places: Mapping[Address, Address]) -> None:
        """Follow clients that have other addresses now."""
        self.muted = moved(self.muted, places)
        self.bans = [
            ban if ban.address is None else attrs.evolve(ban, address=places.get(ban.address, ban.address))
            for ban in self.bans
        ]

    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return everything, with addresses as text."""
        bans = [
            (encode(ban.address) if ban.address is not None else "", attrs.evolve(ban, address=None))
            for ban in self.bans
        ]
        return [[(encode(address), mute) for address, mute in self.muted.items()], bans, self.lockdown]


def sanctions_of(state: ChatState) -> Sanctions:
    """Return who may not speak or come in."""
    return cast("Sanctions", state.slices[SANCTIONS])


def is_alone_in_its_network(address: Address) -> bool:
    """Return whether a ban must name the address itself: on loopback, a network is the whole machine."""
    return address.network.scope is Scope.LOOPBACK
