"""The state of all families, and what other families and the machine ask of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import attrs

from udpchat.domain.address import Address
from udpchat.domain.rooms.audience import Delivery
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.slice import Follower, Slice, Watcher


@attrs.define
class Slices:
    """The slices by the word that is stored. Only those are asked that follow members, or watch them.

    `watched` has the members that watchers watch, and the programs that are `lost`, as far as there are any: see
    `watch`.
    """

    by_word: dict[str, Slice] = attrs.field(factory=dict, init=False)
    followers: Sequence[Follower] = attrs.field(default=(), init=False)
    renamers: Sequence[Follower] = attrs.field(default=(), init=False)  # the followers that note who gives up a name
    watchers: Sequence[Watcher] = attrs.field(default=(), init=False)
    watches: Sequence[str] = attrs.field(default=(), init=False)  # of each watcher
    watched: Sequence[Collection[Address]] = attrs.field(default=(), init=False)
    lost: Collection[Address] = attrs.field(default=(), init=False)

    def __iter__(self) -> Iterator[Slice]:
        return iter(self.by_word.values())

    def use(self, slices: Mapping[str, Slice]) -> None:
        """Add slices to the others, in place of those that have the same word."""
        self.by_word.update(slices)
        self.followers = [each for each in self if isinstance(each, Follower)]
        self.renamers = [each for each in self.followers if type(each).give_up is not Follower.give_up]
        self.watchers = [each for each in self if isinstance(each, Watcher)]
        self.watches = [each.watches for each in self.watchers]
        self.watch()

    def watch(self) -> None:
        """Let lines of the members that watchers watch take the long way from now on."""
        self.watched = [*filter(None, (*map(getattr, self.watchers, self.watches), self.lost))]

    def is_watched(self, speaker: Address) -> bool:
        """Say whether a watcher takes note of each line of a member."""
        for watched in self.watched:  # noqa: SIM110 - any() takes twice as long, for each line while somebody is away
            if speaker in watched:
                return True
        return False

    def speak(self, member: Member) -> list[Delivery]:
        """Let watchers take note that a member says something; return what is delivered before that."""
        if not self.is_watched(member.address):
            return []
        return [delivery for each in self.watchers for delivery in each.speak(member)]

    def hidden_from(self, reader: Address) -> Collection[Address]:
        """Return the members of whom a reader receives nothing."""
        return {address for each in self.watchers for address in each.hidden_from(reader)}

    def hide(self, reader: Address, speakers: Collection[Address]) -> None:
        """Let a reader receive nothing of these members from now on."""
        for each in self.watchers:
            each.hide(reader, speakers)

    def hiding(self, speaker: Address) -> frozenset[Address]:
        """Return the members that receive nothing of a speaker."""
        return frozenset(address for each in self.watchers for address in each.hiding(speaker))

    def away(self) -> frozenset[Address]:
        """Return who is away, in whatever room: to leave out those in other rooms would cost a look at each."""
        return frozenset().union(*(each.absent for each in self.watchers))

    def absences(self) -> dict[Address, str]:
        """Return why each of them is away, "" without a reason."""
        reasons: dict[Address, str] = {}
        for each in reversed(self.watchers):
            reasons |= each.absent
        return reasons

    def absence_of(self, address: Address) -> str | None:
        """Return why a member is away, "" if it gave no reason; None if it is not away."""
        reasons = (each.absent.get(address) for each in self.watchers)
        return next((reason for reason in reasons if reason is not None), None)
