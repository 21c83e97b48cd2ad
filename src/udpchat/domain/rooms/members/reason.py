"""A reason that a client gives: why it is away, or why its hand is up."""

from __future__ import annotations

import attrs

from udpchat.domain.event import Part, Sentence
from udpchat.domain.rejection import Rejected, Rejection

MAX_REASON = 200  # characters: two or three rows of a terminal, and few enough to keep for each client


@attrs.frozen
class ReasonTooLong(Rejection):
    """A command with a reason that is too long."""

    command: str

    def reason(self) -> Sentence:
        """Return the limit."""
        return Sentence((f"a reason for {self.command} has at most {MAX_REASON} characters",))


def parse_reason(command: str, rest: str) -> str:
    """Read a reason, "" if there is none. Raise `Rejected`: half a reason could mean something else."""
    reason = rest.strip()
    if len(reason) > MAX_REASON:
        raise Rejected(ReasonTooLong(command))
    return reason


def with_reason(head: tuple[Part, ...], reason: str) -> Sentence:
    """Return a sentence that ends with the reason, if there is one."""
    return Sentence((*head, ": "), reason) if reason else Sentence(head)
