"""Words for one person: `/msg`, `/reply`. No history keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import cast

import attrs

from udpchat.domain.address import Address
from udpchat.domain.commands.arguments import NotHere
from udpchat.domain.commands.spec import Command, Family
from udpchat.domain.event import Event, Name, Sentence, with_reason
from udpchat.domain.grammar import ROOMS_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.audience import Delivery, Notify, Only
from udpchat.domain.rooms.bell import ring
from udpchat.domain.rooms.claim import Claim, KeptLine
from udpchat.domain.rooms.claims import absent_owner, claims_of
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.silence import Reach
from udpchat.domain.rooms.slice import Slice
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

REPLY_SECONDS = 2.0  # in which nobody reads a line and types an answer: it is for the one who wrote before

_WRITERS = "last writers"  # the slice, as it is stored


@attrs.frozen
class Write:
    """`/msg NICK TEXT`: say a text to one person."""

    nickname: str  # as it was typed
    text: str


@attrs.frozen
class Reply:
    """`/reply TEXT`: say a text to the person who wrote last."""

    text: str


@attrs.frozen
class PrivatelySaid(Event):
    """A member said something to another one. Nobody else receives it."""

    echo = True

    speaker: Nickname
    reader: Nickname
    text: str

    def sentences(self) -> Iterable[Sentence]:
        """Return what the one reads whom it is for."""
        return (Sentence(("[", Name(self.speaker), " -> you] "), self.text),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the speaker reads."""
        return (Sentence(("[you -> ", Name(self.reader), "] "), self.text),)


@attrs.frozen
class ReaderAway(Event):
    """A member said something to another one that is away. `why` is "" if that one gave no reason."""

    nickname: Nickname
    why: str

    def sentences(self) -> Iterable[Sentence]:
        """Return what the speaker reads."""
        return (with_reason((Name(self.nickname), " is away"), self.why),)


@attrs.frozen
class LineKept(Event):
    """A member wrote to somebody that is not here, and owns its name."""

    nickname: Nickname

    def sentences(self) -> Iterable[Sentence]:
        """Return what the speaker reads."""
        return (Sentence((Name(self.nickname), " is not here, your words are kept until it is")),)


@attrs.frozen
class TooMuchKept(Rejection):
    """Words for somebody that is not here, while there is no room to keep them."""

    nickname: Nickname

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence((Name(self.nickname), " is not here, and no more words can be kept"))


@attrs.frozen
class WriteIncomplete(Rejection):
    """`/msg` without a nickname or without a text."""

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence(("/msg takes a nickname and a text",))


@attrs.frozen
class ReplyEmpty(Rejection):
    """`/reply` without a text."""

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence(("/reply takes a text",))


@attrs.frozen
class WroteToOneself(Rejection):
    """Words for their own speaker."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("you cannot write to yourself",))


@attrs.frozen
class NobodyWrote(Rejection):
    """`/reply` by a member to whom nobody has written."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("nobody has written to you",))


@attrs.frozen
class ReplyUnclear(Rejection):
    """`/reply` just when somebody else began to write: it is perhaps for the one who wrote before."""

    nickname: Nickname

    def reason(self) -> Sentence:
        """Return who wrote, and how to choose."""
        return Sentence(("not sent, ", Name(self.nickname), " wrote to you just now, type: /msg NICK TEXT"))


@attrs.frozen
class Writer:
    """Who wrote to a member last. Its `number` tells it from others who have its address or its nickname later.

    `since` is when it first wrote after somebody else had written, in seconds since 1970 UTC; None if nobody else had.
    """

    address: Address
    number: int
    nickname: Nickname
    since: float | None


@attrs.define
class LastWriters(Slice):
    """Who wrote to each member last."""

    writers: dict[Address, Writer] = attrs.field(factory=dict)

    def leave(self, address: Address) -> None:
        """Forget who wrote to a member. To whom it wrote is kept: a reply to it must not go to another."""
        self.writers.pop(address, None)

    def move(self, places: Mapping[Address, Address]) -> None:
        """Replace the addresses."""
        self.writers = {
            places.get(reader, reader): attrs.evolve(writer, address=places.get(writer.address, writer.address))
            for reader, writer in self.writers.items()
        }

    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return who wrote to whom, with addresses as text."""
        return [
            (encode(reader), encode(writer.address), writer.number, writer.nickname, writer.since)
            for reader, writer in self.writers.items()
        ]

    def note(self, reader: Address, speaker: Member, at: float) -> None:
        """Note that a member wrote to another one."""
        before, number = self.writers.get(reader), speaker.place.number
        since = None if before is None else before.since if before.number == number else at
        self.writers[reader] = Writer(speaker.address, number, speaker.nickname, since)


def parse_write(rest: str) -> Write:
    """Read a nickname and a text."""
    match rest.split(maxsplit=1):
        case [nickname, text]:
            return Write(nickname, text)
        case _:
            raise Rejected(WriteIncomplete())


def parse_reply(rest: str) -> Reply:
    """Read a text."""
    text = rest.lstrip()
    if not text:
        raise Rejected(ReplyEmpty())
    return Reply(text)


def write(state: ChatState, member: Member, command: Write, given: Input) -> list[Delivery]:
    """Say a text to somebody in any room."""
    reader = state.roster.find(command.nickname)
    if reader is None:
        owner = absent_owner(state, command.nickname, given.at)
        if owner is None:
            raise Rejected(NotHere(command.nickname))
        return _keep(state, member, owner, command.text, given.at)
    if reader.address == member.address:
        raise Rejected(WroteToOneself())
    return _deliver(state, member, reader, command.text, given.at)


def reply(state: ChatState, member: Member, command: Reply, given: Input) -> list[Delivery]:
    """Say a text to the person who wrote last, and to nobody else who has its address or its nickname by now."""
    writer = _last_writers(state).writers.get(member.address)
    if writer is None:
        raise Rejected(NobodyWrote())
    reader = state.roster.get(writer.address)
    if reader is None or reader.place.number != writer.number:
        owner = absent_owner(state, writer.nickname, given.at)
        if owner is not None and owner.number == writer.number:
            return _keep(state, member, owner, command.text, given.at)
        raise Rejected(NotHere(writer.nickname))
    if writer.since is not None and 0 <= given.at - writer.since < REPLY_SECONDS:
        raise Rejected(ReplyUnclear(reader.nickname))
    return _deliver(state, member, reader, command.text, given.at)


def _deliver(state: ChatState, member: Member, reader: Member, text: str, at: float) -> list[Delivery]:
    """Return the deliveries of a text for one person, and note who wrote, unless the reader ignores its speaker."""
    said, why = PrivatelySaid(member.nickname, reader.nickname, text), state.slices.absence_of(reader.address)
    if why and reader.address in state.slices.hidden_from(member.address):
        why = ""
    if reader.address not in state.slices.hiding(member.address):
        _last_writers(state).note(reader.address, member, at)
    return [
        (Only(member.address), said),
        *ring(state, member.address, reader.address, at),
        (Notify(reader.address), said),
        *([] if why is None else [(Only(member.address), ReaderAway(reader.nickname, why))]),
    ]


def _keep(state: ChatState, member: Member, owner: Claim, text: str, at: float) -> list[Delivery]:
    """Keep a text for an owner that is away. It is not kept, and reads the same, if that one ignored its speaker."""
    claims, line = claims_of(state), KeptLine(member.nickname, text, at, member.place.number)
    if not claims.can_keep(owner, line):
        raise Rejected(TooMuchKept(owner.nickname))
    if member.place.number not in owner.ignored:
        claims.keep(owner, line)
    said = PrivatelySaid(member.nickname, owner.nickname, text)
    return [(Only(member.address), said), (Only(member.address), LineKept(owner.nickname))]


def _last_writers(state: ChatState) -> LastWriters:
    return cast("LastWriters", state.slices.by_word[_WRITERS])


WRITE = Command(
    "/msg NICK TEXT",
    "write to one person",
    parse_write,
    write,
    since=ROOMS_SINCE,
    speaks=True,
    reaches=Reach.ASKING,
    private=True,
    example="/msg Tyvem are you there?",
    aliases=("/m", "/tell", "/query", "/w"),
)
REPLY = Command(
    "/reply TEXT",
    "answer the person who wrote to you last",
    parse_reply,
    reply,
    since=ROOMS_SINCE,
    speaks=True,
    reaches=Reach.ASKING,
    private=True,
    example="/reply yes",
    aliases=("/r",),
)
FAMILY = Family((WRITE, REPLY), slices={_WRITERS: LastWriters}, title="private words")
