"""Who is here: address <-> member, and nickname -> member."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

import attrs

from udpchat.domain.address import Address
from udpchat.domain.cluster.nodes import NodeDirectory, SingleNode
from udpchat.domain.rejection import NicknameTaken, Rejected
from udpchat.domain.rooms.event import Audience, Everyone, EveryoneBut, Only
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
    _members: dict[Address, Member] = attrs.field(factory=dict, init=False)
    _holders: dict[str, Address] = attrs.field(factory=dict, init=False)  # key of a nickname -> who holds it
    _here: tuple[Address, ...] | None = attrs.field(default=None, init=False)  # kept until somebody joins or leaves

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members.values())

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, address: Address) -> bool:
        return address in self._members

    def get(self, address: Address) -> Member | None:
        """Return the member at `address`, if there is one."""
        return self._members.get(address)

    def has(self, nickname: Nickname) -> bool:
        """Say whether somebody has this nickname or one like it, or nobody may have it."""
        return self.names.is_reserved(nickname) or any(key in self._holders for key in self.names.keys(nickname))

    def add(self, address: Address, nickname: Nickname) -> Member:
        """Let somebody in, last in the order. The address and the nickname must be free."""
        member = Member(address, nickname, self.names.keys(nickname))
        self._members[address] = member
        self._holders.update(dict.fromkeys(member.keys, address))
        self._here = None
        return member

    def rename(self, member: Member, nickname: Nickname) -> None:
        """Give `member` another nickname, in the same place; raise `Rejected` if somebody else has one like it."""
        keys = self.names.keys(nickname)
        if any(self._holders.get(key, member.address) != member.address for key in keys):
            raise Rejected(NicknameTaken(nickname))
        self._release(member)
        self._holders.update(dict.fromkeys(keys, member.address))
        self._members[member.address] = Member(member.address, nickname, keys)

    def remove(self, member: Member) -> None:
        """Forget `member`."""
        del self._members[member.address]
        self._release(member)
        self._here = None

    def move(self, places: Mapping[Address, Address]) -> None:
        """Have those who are at some addresses be at others, which must be free, and keep their places in the order."""
        members = [attrs.evolve(here, address=places.get(here.address, here.address)) for here in self]
        self._members = {member.address: member for member in members}
        self._holders = {key: member.address for member in members for key in member.keys}
        self._here = None

    def _release(self, member: Member) -> None:
        for key in member.keys:
            del self._holders[key]

    def recipients(self, audience: Audience) -> tuple[Address, ...]:
        """Return the addresses that `audience` means at this moment, in order of joining, as far as they are here.

        The tuple for everyone is the same object for as long as nobody joins or leaves.
        """
        if self._here is None:
            self._here = tuple(filter(self.directory.is_here, self._members))
        match audience:
            case Everyone():
                return self._here
            case EveryoneBut(address):
                return tuple(other for other in self._here if other != address)
            case Only(address):
                return (address,) if self.directory.is_here(address) else ()
            case _:
                assert_never(audience)
