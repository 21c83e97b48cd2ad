"""The events that the gate and the hub send to one client or stranger."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.event import Event, Sentence
from udpchat.domain.rejection import Rejection


@attrs.frozen
class CodeAsked(Event):
    """A stranger must send a code. The short form is for strangers that sent few bytes.

    If there is room, it also reads that its line was not sent, or that the code in it is wrong or too old.
    """

    code: str
    short: bool = False
    unsent: bool = False
    invalid: bool = False

    @property
    def _lines(self) -> tuple[str, ...]:
        if self.invalid:
            return (f"error - invalid code, type: /enter {self.code}",)
        if self.short:
            return (f"/enter {self.code}",)
        asked = f"to join, type: /enter {self.code}"
        return (asked, "error - your line was not sent") if self.unsent else (asked,)

    @property
    def size(self) -> int:
        """The size of its lines in bytes."""
        return sum(len(line) + 1 for line in self._lines)

    def sentences(self) -> Iterable[Sentence]:
        """Return what to type."""
        return (Sentence((line,)) for line in self._lines)


@attrs.frozen
class ProofAsked(Event):
    """A client must show that it receives what is sent to its address, before it may be an operator."""

    code: str

    def sentences(self) -> Iterable[Sentence]:
        """Return what to type."""
        return (Sentence((f"to prove your address, type: /enter {self.code} and then /op again",)),)


@attrs.frozen
class SlowDown(Rejection):
    """A client has exceeded its rate: `lines` lines were dropped."""

    lines: int

    def reason(self) -> Sentence:
        """Return the number of dropped lines."""
        lines = "1 line was" if self.lines == 1 else f"{self.lines} lines were"
        return Sentence((f"slow down, {lines} not sent",))


@attrs.frozen
class RoomFull(Rejection):
    """A stranger is refused because the room has as many clients as it may."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("the room is full",))


@attrs.frozen
class NetworkFull(Rejection):
    """A stranger is refused because its network has as many clients as it may."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("too many clients at your address",))


@attrs.frozen
class TooManyReplies(Rejection):
    """A client asks for a long reply while as many as allowed are being sent to others."""

    def reason(self) -> Sentence:
        """Return when to ask again."""
        return Sentence(("too many long answers are being sent, ask again in a minute",))


@attrs.frozen
class RoomUnreachable(Rejection):
    """The journal did not commit a line in time."""

    def reason(self) -> Sentence:
        """Return what happened to the line."""
        return Sentence(("the room is unreachable, your line was not sent",))
