"""Who is here: address <-> member, and nickname -> member."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

import attrs

from udpchat.domain import nickname as nicknames
from udpchat.domain.event import Audience, Everyone, EveryoneBut, Only
from udpchat.domain.mistake import Mistake, NicknameTaken
from udpchat.domain.nickname import Nickname
from udpchat.domain.ports import Address


@attrs.frozen
class Member:
    """Somebody in the room."""

    address: Address
    nickname: Nickname


@attrs.define
class Roster:
    """The members in order of joining. Each has an address and a nickname that nobody else has."""

    _members: dict[Address, Member] = attrs.field(factory=dict, init=False)
    _holders: dict[str, Address] = attrs.field(factory=dict, init=False)  # nickname key -> who holds it
    _everyone: tuple[Address, ...] | None = attrs.field(default=None, init=False)  # kept until somebody joins or leaves

    def __iter__(self) -> Iterator[Member]:
        return iter(self._members.values())

    def __len__(self) -> int:
        return len(self._members)

    def get(self, address: Address) -> Member | None:
        """Return the member at `address`, if there is one."""
        return self._members.get(address)

    def has(self, nickname: Nickname) -> bool:
        """Say whether somebody has this nickname, in any letter case."""
        return nicknames.key(nickname) in self._holders

    def add(self, address: Address, nickname: Nickname) -> Member:
        """Let somebody in, last in the order. The address and the nickname must be free."""
        member = Member(address, nickname)
        self._members[address] = member
        self._holders[nicknames.key(nickname)] = address
        self._everyone = None
        return member

    def rename(self, member: Member, nickname: Nickname) -> None:
        """Give `member` another nickname, in the same place; raise `Mistake` if somebody else has it."""
        key = nicknames.key(nickname)
        if self._holders.get(key, member.address) != member.address:
            raise Mistake(NicknameTaken(nickname))
        del self._holders[nicknames.key(member.nickname)]
        self._holders[key] = member.address
        self._members[member.address] = attrs.evolve(member, nickname=nickname)

    def remove(self, member: Member) -> None:
        """Forget `member`."""
        del self._members[member.address]
        del self._holders[nicknames.key(member.nickname)]
        self._everyone = None

    def hearers(self, audience: Audience) -> tuple[Address, ...]:
        """Return the addresses that `audience` means at this moment, in order of joining.

        The tuple for everyone is the same object for as long as nobody joins or leaves.
        """
        match audience:
            case Everyone():
                if self._everyone is None:
                    self._everyone = tuple(self._members)
                return self._everyone
            case EveryoneBut(address):
                return tuple(other for other in self._members if other != address)
            case Only(address):
                return (address,)
            case _:
                assert_never(audience)
