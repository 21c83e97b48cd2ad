"""What rooms there are, and what each is about: `/rooms`, `/topic`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs

from udpchat.domain.commands.spec import Command, Family, alone
from udpchat.domain.event import Event, Name, Sentence
from udpchat.domain.grammar import ROOMS_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.author import Author
from udpchat.domain.rooms.holder import by_holder, held
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.listing import ListedRoom
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

MAX_TOPIC = 200  # characters: two or three rows of a terminal
_REMOVE = "off"


@attrs.frozen
class ListRooms:
    """`/rooms`: show the rooms."""


@attrs.frozen
class SetTopic:
    """`/topic TEXT`: say what the room is about; "" removes that. `/topic` alone shows it: then `topic` is None."""

    topic: str | None


@attrs.frozen
class RoomsListed(Event):
    """A member is shown the rooms that it may know, the fullest first."""

    long = True

    rooms: Sequence[ListedRoom]

    def sentences(self) -> Iterable[Sentence]:
        """Return a line for each room, which begins with what one types to enter it. A long topic is cut."""
        for room in self.rooms:
            key = " KEY" if room.has_key else ""
            members = f"{room.members} member{'' if room.members == 1 else 's'}"
            head = ("/join ", Name(room.name), f"{key} - {members}{', private' if room.private else ''}")
            yield Sentence((*head, ": "), room.topic, tail="") if room.topic else Sentence(head)


@attrs.frozen
class TopicShown(Event):
    """A member is shown what its room is about; "" if nobody said so."""

    topic: str

    def sentences(self) -> Iterable[Sentence]:
        """Return the topic."""
        return (Sentence(("showing the topic: ",), self.topic or "there is none"),)


@attrs.frozen
class TopicChanged(Event):
    """The holder said what the room is about, or removed that."""

    nickname: Nickname
    topic: str

    def sentences(self) -> Iterable[Sentence]:
        """Return what the others read."""
        if not self.topic:
            return (Sentence((Name(self.nickname), " removed the topic")),)
        return (Sentence((Name(self.nickname), " changed the topic to "), self.topic),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the holder reads."""
        return (Sentence(("new topic set: ",), self.topic) if self.topic else Sentence(("you removed the topic",)),)


@attrs.frozen
class TopicTooLong(Rejection):
    """A topic of too many characters."""

    def reason(self) -> Sentence:
        """Return the limit."""
        return Sentence((f"a topic has at most {MAX_TOPIC} characters",))


def parse_topic(rest: str) -> SetTopic:
    """Read a text, or `off`."""
    topic = rest.strip()
    if len(topic) > MAX_TOPIC:
        raise Rejected(TopicTooLong())
    return SetTopic("" if topic.lower() == _REMOVE else topic or None)


def list_rooms(state: ChatState, member: Member, _: ListRooms, __: Input) -> list[Delivery]:
    """Answer one; nobody else reads anything."""
    return [(Only(member.address), RoomsListed(state.rooms.shown_to(member)))]


def topic(state: ChatState, member: Member, command: SetTopic, _: Input) -> list[Delivery]:
    """Show the topic of a room to a member, or change it."""
    if command.topic is None:
        return [(Only(member.address), TopicShown(member.place.room.topic))]
    room = held(state, member)
    changed, event = command.topic != room.topic, TopicChanged(member.nickname, command.topic)
    state.rooms.set_topic(room, command.topic, Author(member.nickname, member.place.number))
    return by_holder(room, member, event, changed=changed)


FAMILY = Family(
    (
        Command("/rooms", "show the rooms", alone(ListRooms), list_rooms, since=ROOMS_SINCE),
        Command(
            "/topic [TEXT|off]",
            "show or set what the room is about",
            parse_topic,
            topic,
            since=ROOMS_SINCE,
            announced=True,
            example="/topic lunch at noon",
        ),
    ),
    title="rooms",
)
