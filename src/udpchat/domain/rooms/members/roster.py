"""Who is here: address <-> member, and nickname -> member."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from udpchat.domain.address import Address
from udpchat.domain.cluster.directory import NodeDirectory, SingleNode
from udpchat.domain.rooms.members.crowd import Crowd
from udpchat.domain.rooms.members.member import Member, Place
from udpchat.domain.text.nickname import EDGES, MAX_WORD, Nickname, NicknameRules


@attrs.define
class Roster:
    """The members in order of joining. Each has an address, and a nickname that no other's can be mistaken for.

    `clients` are those that are clients of this server. `joined` is the number that the last member was given.

    The class is long because the members and all that finds them must change together.
    """

    names: NicknameRules
    directory: NodeDirectory = attrs.field(factory=SingleNode)
    members: dict[Address, Member] = attrs.field(factory=dict, init=False)  # always this one dictionary
    _holders: dict[str, Address] = attrs.field(factory=dict, init=False)  # key of a nickname -> who holds it
    # Keys that several members share, who were let in by other rules, with these members in order of joining.
    _shared: dict[str, dict[Address, None]] = attrs.field(factory=dict, init=False)
    # The word with which a nickname is said in a line -> the members that are meant. Nearly always it is one, which
    # takes a fourth of the memory of a set. Thousands may share a word, and each leaves at once.
    spoken: dict[str, tuple[Address] | set[Address]] = attrs.field(factory=dict, init=False)
    clients: Crowd = attrs.field(factory=Crowd, init=False)
    joined: int = attrs.field(default=0, init=False)

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

    def find(self, word: str) -> Member | None:
        """Return the member that a client means by a word: the one with a nickname like it.

        If several have such a nickname, it is the one whose nickname differs at most in case.
        """
        found = [self.members[address] for address in self.holders(self.keys_of(word))]
        if len(found) > 1:
            found = [member for member in found if member.nickname.casefold() == word.casefold()]
        return found[0] if found else None

    def keys_of(self, word: str) -> frozenset[str]:
        """Return the keys of the nickname that a client means by a word; none if it is too long for a nickname."""
        return self.names.keys(self.names.fit(word) or word) if len(word) <= MAX_WORD else frozenset()

    def add(self, address: Address, nickname: Nickname, place: Place) -> Member:
        """Let somebody in, last in the order. The address and the nickname must be free."""
        member = Member(address, nickname, _sorted(self.names.keys(nickname)), place)
        self.members[address] = member
        self._hold(member.keys, address)
        self._speak(member)
        self.clients.add(address)
        return member

    def rename(self, member: Member, nickname: Nickname, keys: frozenset[str]) -> bool:
        """Give `member` another nickname with its keys, in the same place; return False if somebody else has such."""
        if not {None, member.address}.issuperset(map(self._holders.get, keys)):
            return False
        renamed = self.members[member.address] = attrs.evolve(member, nickname=nickname, keys=_sorted(keys))
        self._fall_silent(member)
        self._speak(renamed)
        for room in member.place.rooms:
            room.listing = None
        if self._shared:
            self._release(set(member.keys) - keys, member.address)
        else:
            for key in member.keys:
                del self._holders[key]
        self._holders.update(dict.fromkeys(keys, member.address))
        return True

    def remove(self, member: Member) -> None:
        """Forget `member`."""
        del self.members[member.address]
        self._release(member.keys, member.address)
        self._fall_silent(member)
        self.clients.remove(member.address)

    def move(self, places: Mapping[Address, Address]) -> None:
        """Change addresses of members: old -> new. The new ones must be free. The order of joining stays."""
        gone_on = [each for address in places if (each := self.members.get(address)) is not None]
        for member in gone_on:
            self._fall_silent(member)
        members = [
            attrs.evolve(each, address=places[each.address]) if each.address in places else each for each in self
        ]
        self.members.clear()
        self.members.update((member.address, member) for member in members)
        if self._shared:
            self._index()
        else:  # often it is one of thousands that goes on elsewhere
            for member in (self.members[places[each.address]] for each in gone_on):
                self._holders.update(dict.fromkeys(member.keys, member.address))
                self._speak(member)
        self.clients.replace(self.members)

    def use(self, names: NicknameRules) -> None:
        """Compare nicknames by other rules from now on. Members keep theirs, whether these rules allow it or not."""
        if names is self.names:
            return
        self.names = names
        for member in list(self):
            self.members[member.address] = attrs.evolve(member, keys=_sorted(names.keys(member.nickname)))
        self._index()

    def _index(self) -> None:
        """Note who holds which keys."""
        self._holders.clear()
        self._shared.clear()
        self.spoken.clear()
        for member in self:
            self._hold(member.keys, member.address)
            self._speak(member)

    def _speak(self, member: Member) -> None:
        """Note how the nickname of a member is said."""
        word = member.nickname.casefold().rstrip(EDGES)
        there = self.spoken.get(word)
        if there is None:
            self.spoken[word] = (member.address,)
        elif isinstance(there, set):
            there.add(member.address)
        else:
            self.spoken[word] = {*there, member.address}

    def _fall_silent(self, member: Member) -> None:
        """Note that a nickname does not mean a member any more."""
        word = member.nickname.casefold().rstrip(EDGES)
        there = self.spoken[word]
        if isinstance(there, set):
            there.remove(member.address)
        if isinstance(there, tuple) or not there:
            del self.spoken[word]

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


def _sorted(keys: frozenset[str]) -> tuple[str, ...]:
    """Return keys as members have them: a tuple takes a third of the memory of a set."""
    return tuple(sorted(keys))
