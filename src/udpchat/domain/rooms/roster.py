"""Who is here: address <-> member, and nickname -> member."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

import attrs

from udpchat.domain.address import Address
from udpchat.domain.cluster.directory import NodeDirectory, SingleNode
from udpchat.domain.text.nickname import Nickname, NicknameRules

MAX_CHANGES = 1024  # of who is here, that are remembered: more than one batch brings, unless a crowd times out


@attrs.frozen
class Member:
    """Somebody in the room."""

    address: Address
    nickname: Nickname
    keys: frozenset[str] = attrs.field(repr=False)  # what the nickname is known by


@attrs.define
class Roster:
    """The members in order of joining. Each has an address, and a nickname that no other's can be mistaken for."""

    names: NicknameRules
    directory: NodeDirectory = attrs.field(factory=SingleNode)
    members: dict[Address, Member] = attrs.field(factory=dict, init=False)  # always this one dictionary
    _holders: dict[str, Address] = attrs.field(factory=dict, init=False)  # key of a nickname -> who holds it
    # Keys that several members share, who were let in by other rules, with these members in order of joining.
    _shared: dict[str, dict[Address, None]] = attrs.field(factory=dict, init=False)
    version: int = attrs.field(default=0, init=False)  # counts how often a client of this server joined or left
    _changes: deque[tuple[Address, bool]] = attrs.field(factory=lambda: deque(maxlen=MAX_CHANGES), init=False)
    groups: dict[str, tuple[Address, ...]] = attrs.field(factory=dict, init=False)  # kept until the next change
    _everybody: tuple[Member, ...] | None = attrs.field(default=None, init=False)  # kept until the next change

    def __iter__(self) -> Iterator[Member]:
        return iter(self.members.values())

    def __len__(self) -> int:
        return len(self.members)

    def __contains__(self, address: Address) -> bool:
        return address in self.members

    def get(self, address: Address) -> Member | None:
        """Return the member at `address`, if there is one."""
        return self.members.get(address)

    def has(self, nickname: Nickname) -> bool:
        """Say whether somebody has this nickname or one like it, or nobody may have it."""
        keys = self.names.keys(nickname)
        return self.names.is_reserved(nickname, keys) or not self._holders.keys().isdisjoint(keys)

    def holders(self, keys: Iterable[str]) -> list[Address]:
        """Return the addresses of the members whose nicknames have one of these keys, in the order of the keys."""
        return list(dict.fromkeys(self._holders[key] for key in sorted(keys) if key in self._holders))

    def everybody(self) -> tuple[Member, ...]:
        """Return the members in order of joining.

        It is the same object until somebody joins, leaves or is renamed: thousands may ask for it in a second.
        """
        if self._everybody is None:
            self._everybody = tuple(self.members.values())
        return self._everybody

    def add(self, address: Address, nickname: Nickname) -> Member:
        """Let somebody in, last in the order. The address and the nickname must be free."""
        member = Member(address, nickname, self.names.keys(nickname))
        self.members[address] = member
        self._everybody = None
        self._hold(member.keys, address)
        self._change(address, joined=True)
        return member

    def rename(self, member: Member, nickname: Nickname, keys: frozenset[str]) -> bool:
        """Give `member` another nickname with its keys, in the same place; return False if somebody else has such."""
        if not {None, member.address}.issuperset(map(self._holders.get, keys)):
            return False
        self.members[member.address] = Member(member.address, nickname, keys)
        self._everybody = None
        if self._shared:
            self._release(member.keys - keys, member.address)
        else:
            for key in member.keys:
                del self._holders[key]
        self._holders.update(dict.fromkeys(keys, member.address))
        return True

    def remove(self, member: Member) -> None:
        """Forget `member`."""
        del self.members[member.address]
        self._everybody = None
        self._release(member.keys, member.address)
        self._change(member.address, joined=False)

    def move(self, places: Mapping[Address, Address]) -> None:
        """Change addresses of members: old -> new. The new ones must be free. The order of joining stays."""
        members = [attrs.evolve(here, address=places.get(here.address, here.address)) for here in self]
        self.members.clear()
        self._everybody = None
        self.members.update((member.address, member) for member in members)
        self._index()
        self._changes.clear()
        self.groups.clear()
        self.version += 1

    def use(self, names: NicknameRules) -> None:
        """Compare nicknames by other rules from now on. Members keep theirs, whether these rules allow it or not."""
        if names is self.names:
            return
        self.names = names
        for member in list(self):
            self.members[member.address] = attrs.evolve(member, keys=names.keys(member.nickname))
        self._everybody = None
        self._index()

    def _index(self) -> None:
        """Note who holds which keys."""
        self._holders.clear()
        self._shared.clear()
        for member in self:
            self._hold(member.keys, member.address)

    def _hold(self, keys: Iterable[str], address: Address) -> None:
        """Note who holds keys. The first holder of a key stays its holder."""
        for key in keys:
            holder = self._holders.setdefault(key, address)
            if holder != address:
                self._shared.setdefault(key, {holder: None})[address] = None

    def _release(self, keys: Iterable[str], address: Address) -> None:
        """Note that a member does not hold keys any more. The next one that has a key becomes its holder."""
        for key in keys:
            sharers = self._shared.get(key)
            if sharers is None:
                del self._holders[key]
                continue
            del sharers[address]
            self._holders[key] = next(iter(sharers))
            if len(sharers) == 1:
                del self._shared[key]

    def _change(self, address: Address, *, joined: bool) -> None:
        if address.carrier:
            self.version += 1
            self._changes.append((address, joined))
            self.groups.clear()

    def changes_since(self, version: int) -> Sequence[tuple[Address, bool]] | None:
        """Return which clients of this server joined (true) or left after a version; None if that is too long ago."""
        number = self.version - version
        if number > len(self._changes):
            return None
        return list(islice(self._changes, len(self._changes) - number, None))

    def group(self, carrier: str) -> tuple[Address, ...]:
        """Return the addresses of the members that a carrier of this server reaches, in order of joining.

        The tuple is the same object for as long as nobody joins or leaves.
        """
        found = self.groups.get(carrier)
        if found is None:
            found = self.groups[carrier] = tuple(each for each in self.members if each.carrier == carrier)
        return found

    def here(self) -> tuple[Address, ...]:
        """Return the addresses of all members that are clients of this server, in order of joining."""
        return tuple(each for each in self.members if each.carrier)
