"""Who is here: `/list`, `/who`, `/whois`, `/whoami`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.arguments import find_member, parse_nickname
from udpchat.domain.commands.spec import Command, Family, alone
from udpchat.domain.duration import in_words
from udpchat.domain.event import Event, Listing, Name, Part, Sentence, with_reason
from udpchat.domain.grammar import ROOMS_SINCE, WHOAMI_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, InRoomBy, Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.silence import Reach
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

MIN_IDLE = 60  # seconds: whoever reads along may not write for as long


@attrs.frozen
class ListClients:
    """`/list`: show who is in the room."""


@attrs.frozen
class ClientsListed(Event):
    """A member is shown who is in the room, in order of joining. `show` tells an address as others see it."""

    long = True

    members: tuple[Member, ...]
    show: Callable[[Address], str]

    def sentences(self) -> Iterable[Listing]:
        """Return the list. Each entry is made when it is written, so a list costs no more than what is sent of it."""
        entries = ((f"{self.show(each.address)}:", Name(each.nickname)) for each in self.members)
        return (Listing("showing connected clients: ", entries),)


@attrs.frozen
class ListQueried(Event):
    """A member asked who is in the room."""

    nickname: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return what the others read."""
        return (Sentence((Name(self.nickname), " queried connected client list")),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return nothing: the member reads the list."""
        return ()


@attrs.frozen
class ShowNames:
    """`/who ROOM`: show the names of those in a room; `room` is "" for the room that the member is in."""

    room: str


@attrs.frozen
class NamesShown(Event):
    """A member is shown the names of those in a room, in order of entering, and which of them are `away`.

    `away` has also those of other rooms.
    """

    long = True

    room: str
    members: tuple[Member, ...]
    away: frozenset[Address]

    def sentences(self) -> Iterable[Listing]:
        """Return the names."""
        return (Listing(f"showing who is in {self.room}: ", self._entries()),)

    def _entries(self) -> Iterable[tuple[Part, ...]]:
        for each in self.members:
            yield (Name(each.nickname), " (away)") if each.address in self.away else (Name(each.nickname),)
        if not self.members:
            yield ("nobody",)


@attrs.frozen
class RoomUnclear(Rejection):
    """`/who` with more than one word."""

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence(("/who takes the name of one room",))


@attrs.frozen
class RoomUnknown(Rejection):
    """`/who` with a `word` that is no room, or only a private one of others."""

    word: str

    def reason(self) -> Sentence:
        """Return the word, cut if it is long."""
        return Sentence(("there is no room ",), self.word, tail="")


@attrs.frozen
class ShowClient:
    """`/whois NICK`: show what is known of a member."""

    word: str


@attrs.frozen
class ClientShown(Event):
    """A member is shown what is known of another one: the rooms that may be named to it, and its address as shown.

    It has been here, and `idle`, for so many seconds; None is unknown. `away` is why it is away, "" without a reason,
    None if it is not.
    """

    nickname: Nickname
    rooms: tuple[str, ...]
    here: float | None
    idle: float | None
    address: str
    away: str | None

    def sentences(self) -> Iterable[Sentence]:
        """Return where it is and for how long, and in a sentence of its own that it is away."""
        facts = [f"in {' and '.join(self.rooms)}"] if self.rooms else []
        verb = " has been " if self.here is not None and not facts else " is "
        if self.here is not None:
            facts.append(f"here for {in_words(self.here)}")
        elif not facts:
            facts.append("here")
        if self.idle is not None and self.idle >= MIN_IDLE:
            facts.append(f"idle for {in_words(self.idle)}")
        yield Sentence((Name(self.nickname), verb), f"{', '.join(facts)}, at {self.address}")
        if self.away is not None:
            yield with_reason((Name(self.nickname), " is away"), self.away)


@attrs.frozen
class ShowSelf:
    """`/whoami`: show who one is."""


@attrs.frozen
class SelfShown(Event):
    """A member is shown its nickname, its room if that is not the lobby, and its entry in the list.

    `show` tells an address as others see it.
    """

    member: Member
    show: Callable[[Address], str]
    room: str = ""

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        name = Name(self.member.nickname)
        room = f", in {self.room}" if self.room else ""
        return (Sentence(("you are ", name, f"{room}, /list shows you as {self.show(self.member.address)}:", name)),)


def list_clients(state: ChatState, member: Member, _: ListClients, __: Input) -> list[Delivery]:
    """Answer one, and let its room know that somebody asked."""
    room = member.place.room
    return [
        (Only(member.address), ClientsListed(state.members_of(room), state.show)),
        (InRoomBy(room.name, member.address), ListQueried(member.nickname)),
    ]


def parse_names(rest: str) -> ShowNames:
    """Read the name of a room, or none."""
    words = rest.split()
    if len(words) > 1:
        raise Rejected(RoomUnclear())
    return ShowNames("".join(words))


def show_names(state: ChatState, member: Member, command: ShowNames, _: Input) -> list[Delivery]:
    """Answer one. A private room that the member is not in is as if it did not exist."""
    room = state.rooms.known(command.room, member.address) if command.room else member.place.room
    if room is None:
        raise Rejected(RoomUnknown(command.room))
    return [(Only(member.address), NamesShown(room.name, state.members_of(room), state.slices.away()))]


def parse_client(rest: str) -> ShowClient:
    """Read a nickname."""
    return ShowClient(parse_nickname("/whois", rest))


def show_client(state: ChatState, member: Member, command: ShowClient, given: Input) -> list[Delivery]:
    """Answer one. It is not shown why somebody is away whom it ignores, since these are that one's words."""
    found = find_member(state.roster, command.word)
    address, place = found.address, found.place
    rooms = tuple(room.name for room in place.rooms if room.is_known_to(member.address))
    here, idle = (given.at - at if at else None for at in (place.since, place.last))
    away = state.slices.absence_of(address)
    if away and address in state.slices.hidden_from(member.address):
        away = ""
    shown = ClientShown(found.nickname, rooms, here, idle, state.show(address), away)
    return [(Only(member.address), shown)]


def who_am_i(state: ChatState, member: Member, _: ShowSelf, __: Input) -> list[Delivery]:
    """Answer one; nobody else reads anything."""
    room = member.place.room
    return [(Only(member.address), SelfShown(member, state.show, "" if room is state.rooms.lobby else room.name))]


FAMILY = Family(
    (
        Command("/list", "show who is here", alone(ListClients), list_clients, announced=True, reaches=Reach.ASKING),
        Command(
            "/who [ROOM]",
            "show the names of those in a room",
            parse_names,
            show_names,
            since=ROOMS_SINCE,
            example="/who kitchen",
            aliases=("/names",),
        ),
        Command(
            "/whois NICK",
            "show where somebody is, and since when",
            parse_client,
            show_client,
            since=ROOMS_SINCE,
            example="/whois Tyvem",
        ),
        Command("/whoami", "show who you are", alone(ShowSelf), who_am_i, since=WHOAMI_SINCE),
    ),
    title="who is here",
)
