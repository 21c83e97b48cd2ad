"""Who is here: address <-> member, and nickname -> member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from udpchat.domain.address import Address
from udpchat.domain.cluster.directory import NodeDirectory, SingleNode
from udpchat.domain.text.nickname import Nickname, NicknameRules


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
    _here: tuple[Address, ...] | None = attrs.field(default=None, init=False)  # kept until somebody joins or leaves

    def __iter__(self) -> Iterator[Member]:
        return iter(self.members.values())

    def __len__(self) -> int:
        return len(self.members)

    def __contains__(self, address: Address) -> bool:
        return address in self.members

    def get(self, address: Address) -> Member | None:
        """Return the member at `address`, if there is one."""
        return self.members.get(address)

    def is_taken(self, nickname: Nickname, by_others_than: Member) -> bool:
        """Say whether somebody else has this nickname, or one like it."""
        address = by_others_than.address
        return any(self._holders.get(key, address) != address for key in self.names.keys(nickname))

    def has(self, nickname: Nickname) -> bool:
        """Say whether somebody has this nickname or one like it, or nobody may have it."""
        return self.names.is_reserved(nickname) or any(key in self._holders for key in self.names.keys(nickname))

    def add(self, address: Address, nickname: Nickname) -> Member:
        """Let somebody in, last in the order. The address and the nickname must be free."""
        member = Member(address, nickname, self.names.keys(nickname))
        self.members[address] = member
        self._holders.update(dict.fromkeys(member.keys, address))
        self._here = None
        return member

    def rename(self, member: Member, nickname: Nickname) -> None:
        """Give `member` another nickname, in the same place. It must not be taken by somebody else."""
        keys = self.names.keys(nickname)
        self._release(member)
        self._holders.update(dict.fromkeys(keys, member.address))
        self.members[member.address] = Member(member.address, nickname, keys)

    def remove(self, member: Member) -> None:
        """Forget `member`."""
        del self.members[member.address]
        self._release(member)
        self._here = None

    def move(self, places: Mapping[Address, Address]) -> None:
        """Change addresses of members: old -> new. The new ones must be free. The order of joining stays."""
        members = [attrs.evolve(here, address=places.get(here.address, here.address)) for here in self]
        self.members.clear()
        self.members.update((member.address, member) for member in members)
        self._holders = {key: member.address for member in members for key in member.keys}
        self._here = None

    def _release(self, member: Member) -> None:
        for key in member.keys:
            del self._holders[key]

    def here(self) -> tuple[Address, ...]:
        """Return the addresses of the members that are clients of this server, in order of joining.

        The tuple is the same object for as long as nobody joins or leaves.
        """
        if self._here is None:
            self._here = tuple(filter(self.directory.is_here, self.members))
        return self._here
