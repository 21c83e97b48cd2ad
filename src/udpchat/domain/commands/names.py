"""Nicknames: `/nick`."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.commands.spec import Command, Family
from udpchat.domain.event import Event, Name, Sentence
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, InRoomBy, Only
from udpchat.domain.rooms.roster import Member
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import MAX_CHARACTERS, Nickname


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
class NicknameUnfit(Rejection):
    """A name that breaks the rules for nicknames."""

    def reason(self) -> Sentence:
        """Return the rules."""
        return Sentence((f"a nickname is a letter, then up to {MAX_CHARACTERS - 1} letters, digits, - and _",))


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


def parse_rename(rest: str) -> Rename:
    """Read the first word; what follows it is ignored."""
    words = rest.split(maxsplit=1)
    if not words:
        raise Rejected(NicknameMissing())
    return Rename(words[0])


def rename(state: ChatState, member: Member, command: Rename, _: float) -> list[Delivery]:
    """Give the member another nickname. Only the member is told if it is the one it has."""
    new = state.names.fit(command.word)
    if new is None:
        raise Rejected(NicknameUnfit())
    keys = state.names.keys(new)
    if not state.names.reserved.isdisjoint(keys):
        raise Rejected(NicknameReserved(new))
    if not state.roster.rename(member, new, keys):
        raise Rejected(NicknameTaken(new))
    old, address = member.nickname, member.address
    return [(Only(address) if old == new else InRoomBy(address), NicknameChanged(old, new))]


FAMILY = Family((Command("/nick NAME", "change your nickname", parse_rename, rename),))
