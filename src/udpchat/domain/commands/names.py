"""Nicknames: `/nick`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import cast

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.spec import Command, Family
from udpchat.domain.event import Event, Name, Sentence
from udpchat.domain.grammar import ARGUMENTS_SINCE, REQUESTS_SINCE, ROOMS_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, Notify, Only
from udpchat.domain.rooms.claims import CLAIMS, Claims, forget_over, keeper_of
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.room import to_rooms
from udpchat.domain.rooms.slice import Slice
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import MAX_CHARACTERS, Nickname

REQUEST_SECONDS = 10  # between two notices of requests, for each holder and for each member that asks

_REQUESTS = "name requests"  # the slice, as it is stored


@attrs.frozen
class Rename:
    """`/nick WORD`: take another nickname."""

    word: str


@attrs.frozen
class NicknameChanged(Event):
    """A member changed its nickname, or asked for the one it has."""

    old: Nickname
    new: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return what the others read."""
        return (Sentence((Name(self.old), " changed their nickname to ", Name(self.new))),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the member reads."""
        return (Sentence(("new nickname set ", Name(self.old), "->", Name(self.new))),)


@attrs.frozen
class NicknameMissing(Rejection):
    """`/nick` without a name."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("no nickname provided",))


@attrs.frozen
class NicknameSeveralWords(Rejection):
    """`/nick` with more than one word."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("a nickname is one word",))


@attrs.frozen
class NicknameUnfit(Rejection):
    """A name that breaks the rules for nicknames."""

    def reason(self) -> Sentence:
        """Return the rules."""
        return Sentence((f"a nickname is a letter, then up to {MAX_CHARACTERS - 1} letters, digits, - and _",))


@attrs.frozen
class NicknameMixed(Rejection):
    """A name with letters of scripts that are not written together."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("a nickname does not mix scripts",))


@attrs.frozen
class NicknameReserved(Rejection):
    """A name that reads as if the server spoke."""

    nickname: str

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence((f"nickname {self.nickname} is reserved",))


@attrs.frozen
class NicknameTaken(Rejection):
    """A name that somebody else in the room has, or one that looks like it."""

    nickname: Nickname

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence((f"nickname {self.nickname} is already in use",))


@attrs.frozen
class NicknameOwned(Rejection):
    """A name whose owner is not here, or one that looks like it."""

    nickname: Nickname

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence((f"nickname {self.nickname} belongs to somebody",))


@attrs.frozen
class NicknameRequested(Event):
    """A member asked for a nickname that another one holds. Only the holder reads this."""

    by: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence((Name(self.by), " asked for your nickname")),)


@attrs.define
class NicknameRequests(Slice):
    """Who asked for a taken nickname lately, and which holders were notified; each with the time of the notice.

    The times are in seconds since 1970 UTC, in the order in which they were set.
    """

    asked: dict[Address, float] = attrs.field(factory=dict)
    notified: dict[Address, float] = attrs.field(factory=dict)

    def leave(self, address: Address) -> None:
        """Forget a member."""
        self.asked.pop(address, None)
        self.notified.pop(address, None)

    def move(self, places: Mapping[Address, Address]) -> None:
        """Keep the times of members that have other addresses now."""
        self.asked, self.notified = (
            {places.get(address, address): at for address, at in times.items()} for times in (self.asked, self.notified)
        )

    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return the times, with addresses as text."""
        return [[(encode(address), at) for address, at in times.items()] for times in (self.asked, self.notified)]

    def to_notify(self, asker: Address, holders: Iterable[Address], at: float) -> list[Address]:
        """Return the holders to be notified of a request, and take note of it."""
        _forget_old(self.asked, at)
        _forget_old(self.notified, at)
        found = [] if asker in self.asked else [holder for holder in holders if holder not in self.notified]
        if found:
            self.asked[asker] = at
            self.notified.update(dict.fromkeys(found, at))
        return found


def _forget_old(times: dict[Address, float], at: float) -> None:
    """Remove the times that do not count any more. After a clock was set back, later times do not count either."""
    while times:
        address, before = next(iter(times.items()))
        if 0 <= at - before < REQUEST_SECONDS:
            break
        del times[address]


def parse_rename(rest: str) -> Rename:
    """Read a word."""
    words = rest.split(maxsplit=2)
    if not words:
        raise Rejected(NicknameMissing())
    if len(words) > 1:
        raise Rejected(NicknameSeveralWords())
    return Rename(words[0])


def parse_rename_1(rest: str) -> Rename:
    """Read a word as grammar 1 did: what followed it was ignored."""
    return parse_rename(" ".join(rest.split(maxsplit=1)[:1]))


def rename(state: ChatState, member: Member, command: Rename, given: Input) -> list[Delivery]:
    """Give the member another nickname. If it has this nickname already, the others receive nothing.

    If another member holds the nickname, it is notified. The notice comes back if the holder's program has ended. Then
    the server removes the holder, and the nickname is free.
    """
    names = state.roster.names
    form = names.form(command.word)
    if form is None:
        raise Rejected(NicknameMixed() if names.is_mixed(command.word) else NicknameUnfit())
    new, keys, is_reserved = form
    if is_reserved:
        raise Rejected(NicknameReserved(new))
    is_claimed = not cast("Claims", state.slices.by_word[CLAIMS]).index.by_key.keys().isdisjoint(keys)  # a call costs
    if (
        is_claimed
        and keeper_of(state, keys, given.at, member.address)
        and {*state.roster.holders(keys)} <= {member.address}
    ):
        raise Rejected(NicknameOwned(new))
    if not state.roster.rename(member, new, keys):
        return [(Only(member.address), NicknameTaken(new)), *_notices(state, member, keys, given.at)]
    old, address = member.nickname, member.address
    if is_claimed:
        forget_over(state, keys, address)
    changed = NicknameChanged(old, new)
    if old == new:
        return [(Only(address), changed)]
    for each in state.slices.renamers if state.grammar >= ROOMS_SINCE else ():  # as `ChatState.give_up`: calls cost
        each.give_up(member, given.at)
    return to_rooms(member.place.rooms, address, changed)


def _notices(state: ChatState, member: Member, keys: Iterable[str], at: float) -> list[Delivery]:
    """Notify the other members that hold a nickname with these keys, unless there were notices lately."""
    if state.grammar < REQUESTS_SINCE:
        return []
    holders = (holder for holder in state.roster.holders(keys) if holder != member.address)
    requests = cast("NicknameRequests", state.slices.by_word[_REQUESTS])
    requested = NicknameRequested(member.nickname)
    return [(Notify(holder), requested) for holder in requests.to_notify(member.address, holders, at)]


FAMILY = Family(
    (
        Command(
            "/nick NAME",
            "change your nickname",
            parse_rename,
            rename,
            changed=ARGUMENTS_SINCE,
            parse_before=parse_rename_1,
            announced=True,
            example="/nick client",
        ),
    ),
    slices={_REQUESTS: NicknameRequests},
    title="your name",
)
