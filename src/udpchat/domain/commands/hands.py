"""Raised hands, for workshops: `/hand`, `/hands`, `/next`. A hand belongs to a room: whoever leaves that lowers it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import cast

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.arguments import parse_reason
from udpchat.domain.commands.spec import Command, Family, alone
from udpchat.domain.duration import in_words
from udpchat.domain.event import Event, Name, Sentence, with_reason
from udpchat.domain.grammar import ROOMS_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, InRoom, InRoomBy, Notify, Only
from udpchat.domain.rooms.author import Meant
from udpchat.domain.rooms.holder import held
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.silence import Reach
from udpchat.domain.rooms.slice import Follower
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

MAX_HANDS = 1000  # of a room: at a minute for each, they are called within two days of work

_HANDS = "hands"  # the slice, as it is stored


@attrs.frozen
class RaiseHand:
    """`/hand WHY`: raise a hand, or give another reason. `why` may be empty."""

    why: str


@attrs.frozen
class LowerHand:
    """`/hand down`: lower it."""


@attrs.frozen
class ShowHands:
    """`/hands`: show who waits."""


@attrs.frozen
class CallNext:
    """`/next`: call the one who waited longest."""


@attrs.frozen
class HandRaised(Event):
    """A member raised its hand, or gave another reason. It is at this `place` among those who wait, from 1."""

    nickname: Nickname
    why: str
    place: int

    def sentences(self) -> Iterable[Sentence]:
        """Return what the others read."""
        return (with_reason((Name(self.nickname), " raised a hand"), self.why),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the member reads."""
        return (Sentence((f"you are number {self.place} in line, /hand down lowers your hand",)),)


@attrs.frozen
class HandLowered(Event):
    """A member lowered its hand before it was called."""

    nickname: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return what the others read."""
        return (Sentence((Name(self.nickname), " lowered their hand")),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the member reads."""
        return (Sentence(("you lowered your hand",)),)


@attrs.frozen
class Hand:
    """Why a hand is up, and since when, in seconds since 1970 UTC."""

    why: str
    at: float


@attrs.frozen
class HandsShown(Event):
    """A member is shown at `now`, in seconds since 1970 UTC, who waits in its room, in order, each with its hand."""

    long = True

    nicknames: tuple[Nickname, ...]
    hands: tuple[Hand, ...]
    now: float

    def sentences(self) -> Iterable[Sentence]:
        """Return a line for each, with its place. It is made when it is written: there may be a thousand."""
        for place, (nickname, hand) in enumerate(zip(self.nicknames, self.hands, strict=True), 1):
            yield with_reason((f"{place}. ", Name(nickname), f", {in_words(self.now - hand.at)}"), hand.why)


@attrs.frozen
class NoHandsShown(Event):
    """A member asked who waits, and nobody does."""

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence(("showing hands: nobody waits",)),)


@attrs.frozen
class Called(Event):
    """The member `by` called the one who waited longest in its room."""

    by: Nickname
    nickname: Nickname
    why: str

    def sentences(self) -> Iterable[Sentence]:
        """Return what the room reads."""
        return (with_reason((Name(self.by), " calls ", Name(self.nickname)), self.why),)


@attrs.frozen
class CalledYou(Event):
    """The same, for the one who is called."""

    by: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence(("you are called by ", Name(self.by))),)


@attrs.frozen
class TooManyHands(Rejection):
    """`/hand` in a room with as many hands as it may have."""

    def reason(self) -> Sentence:
        """Return the limit."""
        return Sentence((f"{MAX_HANDS} hands are up already, try again later",))


@attrs.frozen
class HandNotUp(Rejection):
    """`/hand down` of a member whose hand is not up in its room."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("your hand is not up",))


@attrs.frozen
class NobodyWaits(Rejection):
    """`/next` where no hand is up."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("nobody waits",))


@attrs.define
class Hands(Follower):
    """For each room, by name, the members whose hands are up there, in the order in which they raised them."""

    raised: dict[str, dict[Address, Hand]] = attrs.field(factory=dict)

    def of(self, room: Room) -> Mapping[Address, Hand]:
        """Return the hands of a room."""
        return self.raised.get(room.name, {})

    def exit(self, address: Address, room: str) -> None:
        """Lower the hand of a member in a room, if it is up."""
        hands = self.raised.get(room, {})
        if hands.pop(address, None) is not None and not hands:
            del self.raised[room]

    def leave(self, address: Address) -> None:
        """Lower all hands of a member."""
        for room in [*self.raised]:
            self.exit(address, room)

    def wipe(self, meant: Meant) -> int:
        """Remove why somebody waits, whenever it said so; its hands stay up."""
        wiped = 0
        for hands in self.raised.values():
            hand = None if meant.address is None else hands.get(meant.address)
            if hand is not None and hand.why and meant.address is not None:
                hands[meant.address] = Hand("", hand.at)
                wiped += 1
        return wiped

    def move(self, places: Mapping[Address, Address]) -> None:
        """Keep the hands of members that have other addresses now, in their places."""
        self.raised = {
            room: {places.get(address, address): hand for address, hand in hands.items()}
            for room, hands in self.raised.items()
        }

    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return the hands of each room, with addresses as text."""
        return [(room, [(encode(address), hand) for address, hand in up.items()]) for room, up in self.raised.items()]


def hands_of(state: ChatState) -> Hands:
    """Return all hands."""
    return cast("Hands", state.slices.by_word[_HANDS])


def parse_hand(rest: str) -> RaiseHand | LowerHand:
    """Read a reason, or none, or `down`."""
    why = parse_reason("/hand", rest)
    return LowerHand() if why.lower() == "down" else RaiseHand(why)


def raise_or_lower(state: ChatState, member: Member, command: RaiseHand | LowerHand, given: Input) -> list[Delivery]:
    """Raise the hand of the member in its room, or lower it, and let the room know.

    If it is up, it stays in its place and gets the new reason. Without one, the member is shown its place again.
    """
    hands, room, address = hands_of(state), member.place.room, member.address
    by_member = InRoomBy(room.name, address)
    hand = hands.of(room).get(address)
    if isinstance(command, LowerHand):
        if hand is None:
            raise Rejected(HandNotUp())
        hands.exit(address, room.name)
        return [(by_member, HandLowered(member.nickname))]
    if hand is None and len(hands.of(room)) >= MAX_HANDS:
        raise Rejected(TooManyHands())
    why, at = (command.why or hand.why, hand.at) if hand else (command.why, given.at)
    hands.raised.setdefault(room.name, {})[address] = Hand(why, at)
    raised = HandRaised(member.nickname, why, [*hands.of(room)].index(address) + 1)
    return [(Only(address) if hand and hand.why == why else by_member, raised)]


def show_hands(state: ChatState, member: Member, _: ShowHands, given: Input) -> list[Delivery]:
    """Show the member who waits in its room. Of members that it ignores, it is not shown why."""
    members, hidden = state.roster.members, state.slices.hidden_from(member.address)
    up = hands_of(state).of(member.place.room)
    if not up:
        return [(Only(member.address), NoHandsShown())]
    nicknames = [members[address].nickname for address in up]  # lists, because generators take twice as long
    hands = [Hand("", hand.at) if address in hidden else hand for address, hand in up.items()]
    return [(Only(member.address), HandsShown(tuple(nicknames), tuple(hands), given.at))]


def call_next(state: ChatState, member: Member, _: CallNext, __: Input) -> list[Delivery]:
    """Call the one who waited longest, and lower its hand. Members that ignore it receive nothing.

    The holder of a room calls; in the lobby, everybody. A caller that ignores it reads whom it called, but not why.
    """
    hands, room = hands_of(state), member.place.room
    if room is not state.rooms.lobby:
        held(state, member)
    address = next(iter(hands.of(room)), None)
    if address is None:
        raise Rejected(NobodyWaits())
    called = Called(member.nickname, state.roster.members[address].nickname, hands.of(room)[address].why)
    hands.exit(address, room.name)
    ignorers, caller = state.slices.hiding(address), member.address
    answer = [(Only(caller), attrs.evolve(called, why=""))] if caller in ignorers else []
    in_room = InRoom(room.name, ignorers, hidden=ignorers & {caller})
    return [(in_room, called), (Notify(address), CalledYou(member.nickname)), *answer]


FAMILY = Family(
    (
        Command(
            "/hand [WHY|down]",
            "raise your hand, or lower it",
            parse_hand,
            raise_or_lower,
            since=ROOMS_SINCE,
            announced=True,
            reaches=Reach.ASKING,
            example="/hand how do I quit vim?",
        ),
        Command("/hands", "show whose hands are up", alone(ShowHands), show_hands, since=ROOMS_SINCE),
        Command(
            "/next",
            "call the person who has waited longest",
            alone(CallNext),
            call_next,
            since=ROOMS_SINCE,
            announced=True,
        ),
    ),
    slices={_HANDS: Hands},
    title="raised hands",
)
