"""A bell for members who want to hear it: when somebody says their name, or writes to them alone.

A name is said if it is a word of its own, in any letter case. Blanks and punctuation separate words, but `-` and `_` do
not: a name may have them. At the ends of a word and of a name they do not count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import cast

import attrs

from udpchat.domain.address import Address
from udpchat.domain.event import Bell, Event
from udpchat.domain.rooms.audience import Delivery, Notify
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.slice import Slice
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.joiners import JOINERS
from udpchat.domain.text.nickname import EDGES

BELLS = "bells"  # the slice, as it is stored
RING_SECONDS = 5  # from one bell of a member to the next
MAX_RINGS = 16  # of one line: each makes a datagram of its own

_WORD = re.compile("[0-9a-z](?:[0-9a-z_-]*[0-9a-z])?")


@attrs.frozen
class Rang(Event):
    """A member was called. It alone hears this."""

    def sentences(self) -> Iterable[Bell]:
        """Return the sound."""
        return (Bell(),)


@attrs.define
class Bells(Slice):
    """When the bell of each member rang last, in seconds since 1970 UTC."""

    rang: dict[Address, float] = attrs.field(factory=dict)

    def leave(self, address: Address) -> None:
        """Forget a member."""
        self.rang.pop(address, None)

    def move(self, places: Mapping[Address, Address]) -> None:
        """Keep the times of members that have other addresses now."""
        self.rang = {places.get(address, address): at for address, at in self.rang.items()}

    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return the times, with addresses as text."""
        return [(encode(address), at) for address, at in self.rang.items()]

    def ring(self, address: Address, at: float) -> bool:
        """Return whether a bell may ring now, and take note of it. After a clock was set back, it may."""
        if 0 <= at - self.rang.get(address, -inf) < RING_SECONDS:
            return False
        self.rang[address] = at
        return True


def ring(state: ChatState, by: Address, to: Address, at: float) -> list[Delivery]:
    """Return the bell for a member to whom another one writes alone: one delivery, or none.

    It goes in front of what is written. There is none if the member does not want it, hides the other one, or heard one
    lately.
    """
    member = state.roster.members[to]
    if not member.place.look.bell or to == by or (state.slices.watched and to in state.slices.hiding(by)):
        return []
    bells = cast("Bells", state.slices.by_word[BELLS])
    return [(Notify(to), Rang())] if bells.ring(to, at) else []


def ring_for_names(state: ChatState, room: Room, by: Address, text: str, at: float) -> list[Delivery]:
    """Return the bells for the members of a room whose names somebody says in it. They go in front of what is said.

    If the room has no `bells`, do not call this: nearly all lines of a busy room would pay for nothing.
    """
    words, spoken, members = _words(text), state.roster.spoken, state.roster.members
    if spoken.keys().isdisjoint(words):  # nearly always
        return []
    called = {address for word in words for address in spoken.get(word, ()) if address in room.bells}
    in_order = sorted(called, key=lambda address: members[address].place.number)  # of joining, the same on all nodes
    return [delivery for address in in_order[:MAX_RINGS] for delivery in ring(state, by, address, at)]


def _words(text: str) -> list[str]:
    """Return the words of a text, in the form in which names are compared."""
    if text.isascii():
        return _WORD.findall(text.lower())
    folded = unicodedata.normalize("NFKC", text).casefold()  # nicknames are in this normal form (RFC 8266)
    return [word.strip(EDGES) for word in "".join(map(_in_word, folded)).split()]


def _in_word(character: str) -> str:
    """Return a character that belongs to a word, or a blank for one that separates words."""
    if character.isalnum() or character in EDGES or character in JOINERS:
        return character
    return character if unicodedata.category(character)[0] == "M" else " "
