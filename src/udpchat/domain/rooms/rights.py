"""Who may act against others, and by what right.

An operator proved by a one-time code who it is. That holds for a while, and each act prolongs it. The holder of a room
may do some acts there. Whoever uses the server's own machine (its admin socket) may do all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import cast

import attrs

from udpchat.domain.address import Address
from udpchat.domain.event import Sentence
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.room import Room
from udpchat.domain.rooms.slice import Slice
from udpchat.domain.rooms.state import ChatState

OPERATORS = "operators"  # the slice, as it is stored
TERM_SECONDS = 15 * 60  # for which one code holds, and by which an act prolongs that
MAX_TERM_SECONDS = 2 * 3600  # from the code on, then another one is due
FRESH_SECONDS = 60  # since the code, in which an act that cannot be undone may be done


class Right(Enum):
    """Why somebody may act. The values are shown to people, and logged."""

    OPERATOR = "operator"
    HOLDER = "holder"
    MACHINE = "machine"


@attrs.frozen
class Actor:
    """Somebody who acts: by this `name` and right, in this room, from this address (of the server for the machine)."""

    name: str
    right: Right
    room: Room = attrs.field(eq=False, repr=False)  # acts are compared as facts, and a room changes
    address: Address


@attrs.frozen
class Term:
    """For how long somebody is an operator: `name` is that of the operator, not a nickname.

    Times are in seconds since 1970 UTC: `since` of the code, `used` of the last act.
    """

    name: str
    since: float
    used: float


@attrs.define
class Operators(Slice):
    """Who is an operator now, and the time step of the last code that each operator used (RFC 6238)."""

    terms: dict[Address, Term] = attrs.field(factory=dict)
    steps: dict[str, int] = attrs.field(factory=dict)

    def leave(self, address: Address) -> None:
        """Forget that a client is an operator."""
        self.terms.pop(address, None)

    def move(self, places: Mapping[Address, Address]) -> None:
        """Follow members that have other addresses now."""
        self.terms = {places.get(address, address): term for address, term in self.terms.items()}

    def comparable(self, encode: Callable[[Address], str]) -> object:
        """Return both, with addresses as text."""
        return [[(encode(address), term) for address, term in self.terms.items()], [*self.steps.items()]]

    def term(self, address: Address, at: float) -> Term | None:
        """Return the term of a client if it is in force. After a clock was set back, none is."""
        term = self.terms.get(address)
        if term is None or not 0 <= at - term.used < TERM_SECONDS or at - term.since >= MAX_TERM_SECONDS:
            return None
        return term

    def begin(self, address: Address, name: str, step: int, at: float) -> bool:
        """Make a client an operator by a code of this time step. Return False if a code of it was used before."""
        if step <= self.steps.get(name, -1):
            return False
        self.steps[name] = step
        self.terms[address] = Term(name, at, at)
        return True

    def prolong(self, address: Address, at: float) -> None:
        """Take note that an operator acts."""
        self.terms[address] = attrs.evolve(self.terms[address], used=at)

    def end(self, address: Address) -> Term | None:
        """Let a client be an operator no longer; return its term, if it had one."""
        return self.terms.pop(address, None)


@attrs.frozen
class NotOperator(Rejection):
    """A member without a right did what takes one. If `holders` may do it too, it holds no room."""

    holders: bool

    def reason(self) -> Sentence:
        """Return who may do it."""
        who = "operators and whoever holds the room" if self.holders else "operators"
        return Sentence((f"only {who} may do that, to become an operator type: /op NAME CODE",))


@attrs.frozen
class CodeTooOld(Rejection):
    """An operator wants to do what cannot be undone, and its code is too old."""

    def reason(self) -> Sentence:
        """Return what to do."""
        return Sentence((f"this takes a code of the last {FRESH_SECONDS} seconds, type /op NAME CODE and repeat it",))


def operators_of(state: ChatState) -> Operators:
    """Return who is an operator."""
    return cast("Operators", state.slices.by_word[OPERATORS])


def is_operator(state: ChatState, address: Address, at: float) -> bool:
    """Return whether a client is an operator now."""
    return operators_of(state).term(address, at) is not None


def actor_of(state: ChatState, member: Member, at: float, *, holders: bool) -> Actor:
    """Return a member as one who may act now, and take note that it does. Raise `Rejected` if it may not."""
    room, address = member.place.room, member.address
    operators = operators_of(state)
    if operators.term(address, at) is not None:
        operators.prolong(address, at)
        return Actor(member.nickname, Right.OPERATOR, room, address)
    if holders and room.holder == address:
        return Actor(member.nickname, Right.HOLDER, room, address)
    raise Rejected(NotOperator(holders))


def require_fresh_code(state: ChatState, actor: Actor, at: float) -> None:
    """Raise `Rejected` if an operator's code is too old for an act that cannot be undone.

    A forger who writes in the operator's name can do less then. The machine needs no code.
    """
    if actor.right is Right.OPERATOR and at - operators_of(state).terms[actor.address].since >= FRESH_SECONDS:
        raise Rejected(CodeTooOld())
