"""Ignoring people: `/ignore`, `/unignore`, `/ignored`.

It is about persons, not names: an ignored member that changes its nickname stays ignored. It ends when either of the
two leaves the server. What the ignored member says and does reaches its ignorer in no form, in history neither; the
machine and the logs see to that. It is not notified, and reads the same as if nobody ignored it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import cast

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.arguments import find_member, parse_nickname
from udpchat.domain.commands.spec import Command, Family, alone
from udpchat.domain.event import Event, Listing, Name, Sentence
from udpchat.domain.grammar import ROOMS_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.slice import Watcher
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

MAX_IGNORED = 100  # by one client: more is a room to leave, and all clients together must fit into a snapshot

_IGNORED = "ignored"  # the slice, as it is stored


@attrs.frozen
class Ignore:
    """`/ignore NICK`: receive nothing more of a member."""

    word: str


@attrs.frozen
class Unignore:
    """`/unignore NICK`: receive what a member says and does again."""

    word: str


@attrs.frozen
class ShowIgnored:
    """`/ignored`: show whom one ignores."""


@attrs.frozen
class Ignored(Event):
    """A member ignores another one from now on. It alone reads this."""

    nickname: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence(("you ignore ", Name(self.nickname), " from now on")),)


@attrs.frozen
class Unignored(Event):
    """A member does not ignore another one any more. It alone reads this."""

    nickname: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence(("you ignore ", Name(self.nickname), " no longer")),)


@attrs.frozen
class IgnoredShown(Event):
    """A member is shown whom it ignores, by their nicknames of now."""

    nicknames: tuple[Nickname, ...]

    def sentences(self) -> Iterable[Sentence | Listing]:
        """Return the list."""
        if not self.nicknames:
            return (Sentence(("you ignore nobody",)),)
        return (Listing("you ignore: ", tuple((Name(each),) for each in self.nicknames)),)


@attrs.frozen
class IgnoresItself(Rejection):
    """`/ignore` with one's own nickname."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("you cannot ignore yourself",))


@attrs.frozen
class NotIgnored(Rejection):
    """`/unignore` with the nickname of a member that is not ignored."""

    nickname: Nickname

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("you do not ignore ", Name(self.nickname)))


@attrs.frozen
class TooManyIgnored(Rejection):
    """`/ignore` of a member that ignores as many as it may."""

    def reason(self) -> Sentence:
        """Return the limit."""
        return Sentence((f"you ignore {MAX_IGNORED} people already, more is not possible",))


@attrs.define
class Ignores(Watcher):
    """Whom each member ignores, in the order in which it began to."""

    watches = "ignorers"

    ignored: dict[Address, list[Address]] = attrs.field(factory=dict)
    ignorers: dict[Address, set[Address]] = attrs.field(init=False, eq=False)  # the other way round: who ignores whom

    @ignorers.default
    def _(self) -> dict[Address, set[Address]]:
        ignorers: dict[Address, set[Address]] = {}
        for reader, ignored in self.ignored.items():
            for each in ignored:
                ignorers.setdefault(each, set()).add(reader)
        return ignorers

    def add(self, reader: Address, speaker: Address) -> None:
        """Let a reader ignore somebody that it does not ignore yet."""
        self.ignored.setdefault(reader, []).append(speaker)
        self.ignorers.setdefault(speaker, set()).add(reader)

    def remove(self, reader: Address, speaker: Address) -> None:
        """Let a reader ignore somebody no longer."""
        self.ignored[reader].remove(speaker)
        if not self.ignored[reader]:
            del self.ignored[reader]
        self.ignorers[speaker].remove(reader)
        if not self.ignorers[speaker]:
            del self.ignorers[speaker]

    def hidden_from(self, reader: Address) -> Collection[Address]:
        """Return whom a reader ignores."""
        return self.ignored.get(reader, ())

    def hide(self, reader: Address, speakers: Iterable[Address]) -> None:
        """Let a reader ignore these members too, as many as it may."""
        ignored = self.ignored.get(reader, ())
        for speaker in [each for each in speakers if each not in ignored][: MAX_IGNORED - len(ignored)]:
            self.add(reader, speaker)

    def hiding(self, speaker: Address) -> Collection[Address]:
        """Return who ignores a speaker."""
        return self.ignorers.get(speaker, ())

    def leave(self, address: Address) -> None:
        """Forget whom a member ignores, and who ignores it."""
        for ignored in [*self.hidden_from(address)]:
            self.remove(address, ignored)
        for reader in [*self.hiding(address)]:
            self.remove(reader, address)

    def move(self, places: Mapping[Address, Address]) -> None:
        """Follow members that have other addresses now."""
        before, self.ignored, self.ignorers = self.ignored, {}, {}
        for reader, ignored in before.items():
            for each in ignored:
                self.add(places.get(reader, reader), places.get(each, each))

    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return who ignores whom, with addresses as text."""
        return [(encode(reader), [*map(encode, ignored)]) for reader, ignored in self.ignored.items()]


def ignores_of(state: ChatState) -> Ignores:
    """Return who ignores whom."""
    return cast("Ignores", state.slices.by_word[_IGNORED])


def parse_ignore(rest: str) -> Ignore:
    """Read a nickname."""
    return Ignore(parse_nickname("/ignore", rest))


def parse_unignore(rest: str) -> Unignore:
    """Read a nickname."""
    return Unignore(parse_nickname("/unignore", rest))


def ignore(state: ChatState, member: Member, command: Ignore, _: Input) -> list[Delivery]:
    """Let the member ignore another one. If it does already, the answer is the same."""
    ignores, other = ignores_of(state), find_member(state.roster, command.word)
    if other.address == member.address:
        raise Rejected(IgnoresItself())
    ignored = ignores.hidden_from(member.address)
    if other.address not in ignored:
        if len(ignored) >= MAX_IGNORED:
            raise Rejected(TooManyIgnored())
        ignores.add(member.address, other.address)
    return [(Only(member.address), Ignored(other.nickname))]


def unignore(state: ChatState, member: Member, command: Unignore, _: Input) -> list[Delivery]:
    """Let the member receive again what another one says and does."""
    ignores, other = ignores_of(state), find_member(state.roster, command.word)
    if other.address not in ignores.hidden_from(member.address):
        raise Rejected(NotIgnored(other.nickname))
    ignores.remove(member.address, other.address)
    return [(Only(member.address), Unignored(other.nickname))]


def show_ignored(state: ChatState, member: Member, _: ShowIgnored, __: Input) -> list[Delivery]:
    """Show the member whom it ignores."""
    ignored = ignores_of(state).hidden_from(member.address)
    nicknames = tuple(state.roster.members[each].nickname for each in ignored)
    return [(Only(member.address), IgnoredShown(nicknames))]


FAMILY = Family(
    (
        Command(
            "/ignore NICK",
            "receive nothing more from somebody",
            parse_ignore,
            ignore,
            since=ROOMS_SINCE,
            example="/ignore Tyvem",
        ),
        Command(
            "/unignore NICK",
            "receive what somebody says again",
            parse_unignore,
            unignore,
            since=ROOMS_SINCE,
            example="/unignore Tyvem",
        ),
        Command("/ignored", "show whom you ignore", alone(ShowIgnored), show_ignored, since=ROOMS_SINCE),
    ),
    slices={_IGNORED: Ignores},
    title="ignoring",
)
