"""Becoming an operator by a one-time code, and being one no longer: `/op`, `/deop`.

The intake looks at the code. The room gets its verdict: the time step of the code (RFC 6238), which counts once.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.commands.spec import Command, Family, Secret, alone
from udpchat.domain.duration import in_words
from udpchat.domain.event import Sentence
from udpchat.domain.grammar import ORDER_SINCE
from udpchat.domain.rejection import Rejected, Rejection
from udpchat.domain.rooms.acts import Act
from udpchat.domain.rooms.audience import Delivery, Only
from udpchat.domain.rooms.inputs import Input
from udpchat.domain.rooms.members.member import Member
from udpchat.domain.rooms.rights import OPERATORS, TERM_SECONDS, Operators, operators_of
from udpchat.domain.rooms.state import ChatState
from udpchat.domain.text.nickname import Nickname

JUDGED = "operator"  # the word by which the intake knows the verdict that is asked for
NONE, WRONG, WAIT, TWO = "none", "wrong", "wait", "two"
"""Verdicts of the intake on a code that does not count."""

_REASONS = {
    NONE: "this server has no operators",
    WRONG: "this name and this code do not fit",
    WAIT: "too many wrong codes came lately, try again in a minute",
    TWO: "too many wrong codes came lately, type two codes that follow each other: /op NAME CODE CODE",
}


@attrs.frozen
class BecomeOperator:
    """`/op NAME CODE`, with the time step of the code."""

    name: str
    step: int


@attrs.frozen
class ResignOperator:
    """`/deop`."""


@attrs.frozen
class BecameOperator(Act):
    """A client is an operator now. It alone reads this."""

    nickname: Nickname
    name: str

    def sentences(self) -> Iterable[Sentence]:
        """Return for how long, and how to go on."""
        return (Sentence((f"you are an operator for {in_words(TERM_SECONDS)}, each act prolongs that, see /help",)),)

    def record(self) -> dict[str, str]:
        """Return what the log has of it."""
        return {"act": "op", "by": self.nickname, "operator": self.name}


@attrs.frozen
class ResignedOperator(Act):
    """A client is an operator no longer, at its own wish. It alone reads this."""

    nickname: Nickname
    name: str

    def sentences(self) -> Iterable[Sentence]:
        """Return the sentence."""
        return (Sentence(("you are no operator any more",)),)

    def record(self) -> dict[str, str]:
        """Return what the log has of it."""
        return {"act": "deop", "by": self.nickname, "operator": self.name}


@attrs.frozen
class OperatorNeeded(Rejection):
    """`/op` without a name and a code."""

    def reason(self) -> Sentence:
        """Return what it takes."""
        return Sentence(("/op takes the name of an operator and a code of 6 digits",))


@attrs.frozen
class CodeRefused(Rejection):
    """`/op` with a code that does not count, and the verdict on it."""

    verdict: str

    def reason(self) -> Sentence:
        """Return why."""
        return Sentence((_REASONS[self.verdict],))


@attrs.frozen
class CodeUsed(Rejection):
    """`/op` with a code that was used before, or with an earlier one."""

    def reason(self) -> Sentence:
        """Return what to do."""
        return Sentence(("this code was used already, wait for the next one",))


@attrs.frozen
class NoOperator(Rejection):
    """`/deop` by a client that is no operator."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("you are no operator",))


def parse_op(rest: str) -> BecomeOperator:
    """Read the verdict of the intake."""
    match rest.split():
        case [name, step] if step.isdecimal():
            return BecomeOperator(name, int(step))
        case [verdict] if verdict in _REASONS:
            raise Rejected(CodeRefused(verdict))
        case _:
            raise Rejected(OperatorNeeded())


def become_operator(state: ChatState, member: Member, command: BecomeOperator, given: Input) -> list[Delivery]:
    """Make the member an operator. A code counts once, whichever node got it and whenever."""
    if not operators_of(state).begin(member.address, command.name, command.step, given.at):
        raise Rejected(CodeUsed())
    return [(Only(member.address), BecameOperator(member.nickname, command.name))]


def resign(state: ChatState, member: Member, _: ResignOperator, __: Input) -> list[Delivery]:
    """Let the member be an operator no longer."""
    term = operators_of(state).end(member.address)
    if term is None:
        raise Rejected(NoOperator())
    return [(Only(member.address), ResignedOperator(member.nickname, term.name))]


FAMILY = Family(
    (
        Command(
            "/op NAME CODE",
            "become an operator for a while",
            parse_op,
            become_operator,
            since=ORDER_SINCE,
            secret=Secret(judged=JUDGED),
            example="/op alice 755224",
        ),
        Command("/deop", "be no operator any more", alone(ResignOperator), resign, since=ORDER_SINCE),
    ),
    slices={OPERATORS: Operators},
    title="operators",
)
