"""Being away: `/away`, `/back`. A member that says something is back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import cast

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.arguments import parse_reason
from udpchat.domain.commands.spec import Command, Family, alone
from udpchat.domain.event import Event, Name, Sentence, with_reason
from udpchat.domain.grammar import ROOMS_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.author import Meant
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.room import to_rooms
from udpchat.domain.rooms.silence import Reach
from udpchat.domain.rooms.slice import Watcher
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

_AWAY = "away"  # the slice, as it is stored


@attrs.frozen
class GoAway:
    """`/away WHY`: be away from now on. `why` may be empty."""

    why: str


@attrs.frozen
class ComeBack:
    """`/back`: be here again."""


@attrs.frozen
class WentAway(Event):
    """A member is away from now on."""

    nickname: Nickname
    why: str

    def sentences(self) -> Iterable[Sentence]:
        """Return what the others read."""
        return (with_reason((Name(self.nickname), " is away"), self.why),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the member reads."""
        return (with_reason(("you are away",), self.why),)


@attrs.frozen
class CameBack(Event):
    """A member that was away is here again."""

    nickname: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return what the others read."""
        return (Sentence((Name(self.nickname), " is back")),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the member reads."""
        return (Sentence(("you are back",)),)


@attrs.frozen
class NotAway(Rejection):
    """`/back` of a member that is not away."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("you are not away",))


@attrs.define
class Away(Watcher):
    """The members that are away, and why. Whoever says something is back."""

    watches = "reasons"

    reasons: dict[Address, str] = attrs.field(factory=dict)

    def speak(self, member: Member) -> list[Delivery]:
        """Let a member that says something be back."""
        if self.reasons.pop(member.address, None) is None:
            return []
        return to_rooms(member.place.rooms, member.address, CameBack(member.nickname))

    @property
    def absent(self) -> Mapping[Address, str]:
        """Return who is away, and why."""
        return self.reasons

    def leave(self, address: Address) -> None:
        """Forget a member."""
        self.reasons.pop(address, None)

    def wipe(self, meant: Meant) -> int:
        """Remove why somebody is away, whenever it said so; it stays away."""
        if meant.address is None or not self.reasons.get(meant.address):
            return 0
        self.reasons[meant.address] = ""
        return 1

    def move(self, places: Mapping[Address, Address]) -> None:
        """Keep the reasons of members that have other addresses now."""
        self.reasons = {places.get(address, address): why for address, why in self.reasons.items()}

    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return who is away and why, with addresses as text."""
        return [(encode(address), why) for address, why in self.reasons.items()]


def parse_away(rest: str) -> GoAway:
    """Read a reason, or none."""
    return GoAway(parse_reason("/away", rest))


def go_away(state: ChatState, member: Member, command: GoAway, _: Input) -> list[Delivery]:
    """Note why the member is away, and let its rooms know, unless they know it already."""
    away, event = cast("Away", state.slices.by_word[_AWAY]), WentAway(member.nickname, command.why)
    if away.reasons.get(member.address) == command.why:
        return [(Only(member.address), event)]
    away.reasons[member.address] = command.why
    return to_rooms(member.place.rooms, member.address, event)


def come_back(state: ChatState, member: Member, _: ComeBack, __: Input) -> list[Delivery]:
    """Let the member be here again, and its rooms know."""
    deliveries = cast("Away", state.slices.by_word[_AWAY]).speak(member)
    if not deliveries:
        raise Rejected(NotAway())
    return deliveries


FAMILY = Family(
    (
        Command(
            "/away [WHY]",
            "say that you are away",
            parse_away,
            go_away,
            since=ROOMS_SINCE,
            announced=True,
            example="/away lunch",
        ),
        Command(
            "/back",
            "say that you are back",
            alone(ComeBack),
            come_back,
            since=ROOMS_SINCE,
            announced=True,
            reaches=Reach.ASKING,
        ),
    ),
    slices={_AWAY: Away},
    title="being away",
)
