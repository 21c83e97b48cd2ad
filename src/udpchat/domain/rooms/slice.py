"""State that belongs to one family of commands, such as a list of ignored people or of bans.

A family names its slice in its row. The machine, snapshots and journals treat all slices alike.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import ClassVar

from udpchat.domain.address import Address
from udpchat.domain.rooms.audience import Delivery
from udpchat.domain.rooms.author import Meant
from udpchat.domain.rooms.members.member import Member


class Slice(ABC):
    """The state of one family: an attrs class whose fields all have defaults. Its fields are its stored form.

    A field is a value that never changes, or a dict, list or set of such values or of further dicts, lists and sets.
    """

    __slots__ = ()

    @abstractmethod
    def leave(self, address: Address) -> None:
        """Take note that a member left the server, and all of its rooms with it."""

    @abstractmethod
    def move(self, places: Mapping[Address, Address]) -> None:
        """Take note that members have other addresses now: old -> new."""

    @abstractmethod
    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return a value that is the same on every node; `encode` gives an address as text."""

    def wipe(self, _: Meant) -> int:
        """Remove what somebody said in its own words; return how many times it did."""
        return 0


class Follower(Slice):
    """A slice that takes note of more than who leaves the server."""

    __slots__ = ()

    def give_up(self, _: Member, __: float) -> None:
        """Take note that a member gives up its nickname at a time: it leaves the server, or takes another name."""

    def part(self, _: Member, __: float, ___: tuple[int, ...]) -> None:
        """Take note that a member leaves the server at a time. Until then it ignored those with these numbers."""
        return

    def exit(self, _: Address, __: str) -> None:
        """Take note that a member left the room with this name, and is still on the server."""
        return


class Watcher(Slice):
    """A slice that takes note of each line of some members, or hides members from others.

    `watches` is the name of its field that has these members: those that are away, muted, or hidden from anybody. A
    line of any other member takes the short way.
    """

    __slots__ = ()

    watches: ClassVar[str]

    def speak(self, _: Member) -> list[Delivery]:
        """Take note that a watched member says something; return what is delivered before that."""
        return []

    def hidden_from(self, _: Address) -> Collection[Address]:
        """Return the members that are hidden from a reader, in this family's view."""
        return ()

    def hide(self, _: Address, __: Iterable[Address]) -> None:
        """Let a reader receive nothing of some members, as when it was here last, if this family hides members."""
        return

    def hiding(self, _: Address) -> Collection[Address]:
        """Return the members that a speaker is hidden from, in this family's view."""
        return ()

    @property
    def absent(self) -> Mapping[Address, str]:
        """Who is away in this family's view, and why, "" without a reason. The mapping changes with the slice."""
        return {}
