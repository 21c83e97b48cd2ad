"""Who may not speak anywhere, who may not come in, and whether strangers may."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from operator import attrgetter
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
        return self.key, self.keys

    @property
    def is_on_network(self) -> bool:
        """Return whether `shown` is a network, as somebody typed it. No nickname and no cloak has a slash."""
        return "/" in self.shown

    @property
    def key(self) -> Hashable:
        """Return what is the same for two bans of the same clients."""
        return _common(bytes.fromhex(self.prefix), self.bits) if self.address is None else self.address

    def covers(self, address: Address) -> bool:
        """Return whether an address may not come in."""
        return self.key in {address, _common(address.network.prefix, self.bits)}


def _common(prefix: bytes, bits: int) -> tuple[int, int, int]:
    """Return what all networks have in common whose prefixes are of one length and begin with the same bits."""
    return len(prefix), bits, int.from_bytes(prefix) >> max(0, 8 * len(prefix) - bits)


@attrs.frozen
class BanIndex:
    """Finds the ban on an address among some `bans`: to look at each of many takes too long in a flood of strangers."""

    bans: Sequence[Ban]
    _by_key: dict[Hashable, Ban] = attrs.field(init=False)
    _bits: frozenset[int] = attrs.field(init=False)  # of all networks

    @_by_key.default
    def _(self) -> dict[Hashable, Ban]:
        return {ban.key: ban for ban in sorted(self.bans, key=attrgetter("until"))}

    @_bits.default
    def _(self) -> frozenset[int]:
        return frozenset(ban.bits for ban in self.bans if ban.address is None)

    def find(self, address: Address) -> Ban | None:
        """Return the ban on an address that ends last, if there is one."""
        prefix, by_key = address.network.prefix, self._by_key
        found = [by_key.get(address), *(by_key.get(_common(prefix, bits)) for bits in self._bits)]
        return max((ban for ban in found if ban is not None), key=attrgetter("until"), default=None)


@attrs.define
class Sanctions(Watcher):
    """Who is muted on the whole server, the bans in order, and who closed the server for strangers ("" if nobody)."""

    watches = "muted"

    muted: dict[Address, Mute] = attrs.field(factory=dict)
    bans: list[Ban] = attrs.field(factory=list)
    lockdown: str = ""
    _index: BanIndex | None = attrs.field(default=None, init=False, eq=False)  # of the bans when it was used last

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
        """Return the ban that keeps an address out for longest, if there is one."""
        if not self.bans:
            return None
        if self._index is None or self._index.bans is not self.bans:  # each change makes another list
            self._index = BanIndex(self.bans)
        ban = self._index.find(address)
        return ban if ban is not None and ban.until > at else None

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
    return cast("Sanctions", state.slices.by_word[SANCTIONS])


def is_alone_in_its_network(address: Address) -> bool:
    """Return whether a ban must name the address itself: on loopback, a network is the whole machine."""
    return address.network.scope is Scope.LOOPBACK
