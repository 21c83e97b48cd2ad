"""Who is in the room: `/list`, `/whoami`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.spec import Command, Family, alone
from udpchat.domain.event import Event, Listing, Name, Sentence
from udpchat.domain.grammar import WHOAMI_SINCE
from udpchat.domain.rooms.audience import Delivery, InRoomBy, Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname


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
class ShowSelf:
    """`/whoami`: show who one is."""


@attrs.frozen
class SelfShown(Event):
    """A member is shown its nickname, and its entry in the list. `show` tells an address as others see it."""

    member: Member
    show: Callable[[Address], str]

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        name = Name(self.member.nickname)
        return (Sentence(("you are ", name, f", /list shows you as {self.show(self.member.address)}:", name)),)


def list_clients(state: ChatState, member: Member, _: ListClients, __: Input) -> list[Delivery]:
    """Answer one, and let its room know that somebody asked."""
    room = member.place.room
    return [
        (Only(member.address), ClientsListed(state.members_of(room), state.show)),
        (InRoomBy(room.name, member.address), ListQueried(member.nickname)),
    ]


def who_am_i(state: ChatState, member: Member, _: ShowSelf, __: Input) -> list[Delivery]:
    """Answer one; nobody else reads anything."""
    return [(Only(member.address), SelfShown(member, state.show))]


FAMILY = Family(
    (
        Command("/list", "show who is here", alone(ListClients), list_clients, announced=True),
        Command("/whoami", "show who you are", alone(ShowSelf), who_am_i, since=WHOAMI_SINCE),
    ),
    title="who is here",
)
