"""What somebody does by a right against others, or for order in a room. Every act is logged."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar

import attrs

from udpchat.domain.address import Address
from udpchat.domain.duration import in_words
from udpchat.domain.event import Event, Name, Part, Sentence, with_reason
from udpchat.domain.rooms.audience import Delivery, InRoom, InRoomBy, Notify
from udpchat.domain.rooms.rights import Actor, Right
from udpchat.domain.rooms.room import Room

FOREVER = 10_000_000_000.0  # seconds since 1970, in the year 2286: the end of what has no end

_MACHINE = "server"  # no nickname is like it


class Act(Event):
    """Something that the log has a line of. `expelled` are those that it removed from the server, with their names."""

    __slots__ = ()

    erases: ClassVar[bool] = False  # earlier inputs must go from the journal

    @abstractmethod
    def record(self) -> dict[str, str]:
        """Return what the log has of it: `act` is what was done, `by` who did it, and what else there is."""

    @property
    def expelled(self) -> Sequence[tuple[Address, str]]:
        """Return nobody."""
        return ()


def name_of(actor: Actor) -> Part:
    """Return an actor in a sentence."""
    return _MACHINE if actor.right is Right.MACHINE else Name(actor.name)


def lasting(seconds: float | None) -> str:
    """Return how long something lasts, as the end of a sentence. None is for what has no time, inf for forever."""
    if seconds is None:
        return ""
    return f" for {in_words(seconds)}" if seconds < FOREVER else " forever"


def ending(at: float, seconds: float) -> float:
    """Return when something ends that begins at `at`, in seconds since 1970 UTC."""
    return min(at + seconds, FOREVER)


@attrs.frozen
class PersonAct(Act):
    """Somebody acted on a person. A subclass has the word for it."""

    actor: Actor
    whom: str  # a nickname, or what stands for several clients
    seconds: float | None = None
    why: str = ""
    expelled: tuple[tuple[Address, str], ...] = ()

    @property
    @abstractmethod
    def did(self) -> str:
        """Return what was done, in the past."""

    def _sentence(self, who: Part, whom: Part) -> Sentence:
        return with_reason((who, f" {self.did} ", whom, lasting(self.seconds)), self.why)

    def sentences(self) -> Iterable[Sentence]:
        """Return what the room reads."""
        return (self._sentence(name_of(self.actor), Name(self.whom)),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the one who acted reads."""
        return (self._sentence("you", Name(self.whom)),)

    def to_target(self) -> Iterable[Sentence]:
        """Return what the person reads."""
        return (self._sentence(name_of(self.actor), "you"),)

    def record(self) -> dict[str, str]:
        """Return what the log has of it."""
        found = {"act": self.did, "by": self.actor.name, "right": self.actor.right.value, "whom": self.whom}
        found |= {} if self.seconds is None else {"time": lasting(self.seconds).strip()}
        return found | ({"why": self.why} if self.why else {})


@attrs.frozen
class Concerned(Event):
    """An act, as the person reads it on whom somebody acted. `rest` is what follows for that person."""

    act: PersonAct
    rest: tuple[Sentence, ...] = ()

    def sentences(self) -> Iterable[Sentence]:
        """Return the act, and what follows from it."""
        return (*self.act.to_target(), *self.rest)


@attrs.frozen
class RoomAct(Act):
    """Somebody set something for a room. A subclass says it for the room, and for the one who did it."""

    actor: Actor

    @abstractmethod
    def what(self) -> str:
        """Return what was done, in the past: it follows the name of the actor."""

    def sentences(self) -> Iterable[Sentence]:
        """Return what the room reads."""
        return (Sentence((name_of(self.actor), f" {self.what()}")),)

    def own_sentences(self) -> Iterable[Sentence]:
        """Return what the one who did it reads."""
        return (Sentence((f"you {self.what()}",)),)

    def record(self) -> dict[str, str]:
        """Return what the log has of it."""
        return {
            "act": self.what(),
            "by": self.actor.name,
            "right": self.actor.right.value,
            "room": self.actor.room.name,
        }


def to_all(actor: Actor, rooms: Sequence[Room], act: Act, but: Iterable[Address] = ()) -> list[Delivery]:
    """Return the deliveries of an act for some rooms. The one who acted reads its own words once."""
    first, *others = rooms
    left_out = frozenset(but)
    deliveries: list[Delivery] = [(InRoomBy(first.name, actor.address, left_out), act)]
    return [*deliveries, *((InRoom(room.name, left_out | {actor.address}), act) for room in others)]


def to_person(actor: Actor, rooms: Sequence[Room], act: PersonAct, target: Address, *rest: Sentence) -> list[Delivery]:
    """Return the deliveries of an act on a person: what its rooms read, and what it reads itself."""
    return [*to_all(actor, rooms, act, (target,)), (Notify(target), Concerned(act, rest))]
