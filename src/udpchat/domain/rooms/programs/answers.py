"""What programs are answered. Clients that read text never get these.

The fields are the facts, mostly with the names that they have in objects. The sentences are for programs whose authors
did not expect such an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from udpchat.domain.address import Address
from udpchat.domain.event import Event, Name, Sentence
from udpchat.domain.rejection import Rejection
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.tokens import TokenShown
from udpchat.domain.text.nickname import Nickname

UNKNOWN_MESSAGE = "unknown-message"  # the code for an object of no known kind


@attrs.frozen
class WelcomeRoom:
    """A room that a program is in: its topic, "" for none, the number of what happened last, and who is there.

    `away` has why, for those that are away, "" without a reason; it has also those of other rooms.
    """

    room: str
    topic: str
    seq: int
    members: Sequence[Member]
    away: Mapping[Address, str] = attrs.field(factory=dict)

    def present(self) -> Iterator[tuple[Nickname, str | None]]:
        """Yield each nickname, and why that member is away; None if it is not."""
        return ((each.nickname, self.away.get(each.address)) for each in self.members)


@attrs.frozen
class Welcome(TokenShown):
    """A program is here, under a `nickname`. `token` is its session, "" if none was drawn: see `TokenShown`.

    `log` names the numbering of `rooms`, `own` is the number of what concerned it alone last, and `id` the highest that
    it gave a line so far.
    """

    long = True

    log: str = ""
    own: int = 0
    id: int = 0
    rooms: tuple[WelcomeRoom, ...] = ()

    def sentences(self) -> Iterable[Sentence]:
        """Return who it is."""
        return (Sentence(("you are ", Name(self.nickname))),)


@attrs.frozen
class Done(Event):
    """A line with an `id` was obeyed. If the room was told something, `room` and `seq` say what; else they are None."""

    id: int
    room: str | None = None
    seq: int | None = None

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence((f"info: line {self.id} is done",)),)


@attrs.frozen
class Pong(Event):
    """The answer to a ping: how far each room has come, by name, and what concerned the program alone."""

    ping: int
    rooms: tuple[tuple[str, int], ...]
    own: int

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence((f"info: pong {self.ping}",)),)


@attrs.frozen
class Gap(Event):
    """Numbers from `first` to `last` cannot be had any more. `room` is None for what concerned the program alone.

    If `first` is 0, all that the program has of the room is of another numbering.
    """

    room: str | None
    first: int
    last: int

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        of = "of yours" if self.room is None else f"of {self.room}"
        return (Sentence((f"info: {self.first} to {self.last} {of} are not kept any more",)),)


@attrs.frozen
class Hidden(Event):
    """Something happened in a room that one reader must not see."""

    room: str
    seq: int

    def sentences(self) -> Iterable[Sentence]:
        """Return nothing to read."""
        return ()


@attrs.frozen
class Kept(Event):
    """An event as a snapshot has it: the `text` of the object that was sent, with its numbers."""

    text: str

    def sentences(self) -> Iterable[Sentence]:
        """Return nothing: no client reads it but as the object."""
        return ()


@attrs.frozen
class Resent:
    """An event that is sent again, with its numbers: that of the `room`, or its `own` one. `at` is when it happened."""

    event: Event
    room: str = ""
    seq: int = 0
    own: int = 0
    at: float = 0.0


@attrs.frozen
class CaughtUp(Event):
    """A program is sent what it asked for: in each room oldest first, then what concerned it alone."""

    long = True

    items: Iterable[Resent | Gap | Hidden]

    def sentences(self) -> Iterable[Sentence]:
        """Return nothing: no client reads it but as objects."""
        return ()


@attrs.frozen
class SessionMoved(Event):
    """A program goes on at another address. This is for the client at its old one, which is no member any more."""

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence(("you go on at another address",)),)


@attrs.frozen
class MalformedObject(Rejection):
    """What a program sent is no object that this server knows. `code` says why."""

    code: str

    def reason(self) -> Sentence:
        """Return the sentence."""
        wrong = "is of no known kind" if self.code == UNKNOWN_MESSAGE else "cannot be read"
        return Sentence((f"this object {wrong}",))


@attrs.frozen
class IdTooOld(Rejection):
    """A line has an `id` below the last ones whose outcomes are kept: it is not known whether it counted."""

    id: int

    def reason(self) -> Sentence:
        """Return what to do."""
        return Sentence((f"id {self.id} is too low, give a line a higher one than all before",))


@attrs.frozen
class NotThere(Rejection):
    """A line was meant for a `room` that the program is not in."""

    room: str

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence((f"you are not in {self.room}",))
