"""The events that the gate and the hub send to one client or stranger."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.event import Event, Sentence
from udpchat.domain.rejection import Rejection


@attrs.frozen
class CodeAsked(Event):
    """A stranger must send a code. The short form is for strangers that sent few bytes."""

    code: str
    short: bool = False

    @property
    def _words(self) -> str:
        return f"/enter {self.code}" if self.short else f"to join, type: /enter {self.code}"

    @property
    def size(self) -> int:
        """The size of its one line in bytes."""
        return len(self._words) + 1

    def sentences(self) -> Iterable[Sentence]:
        """Return what to type."""
        return (Sentence((self._words,)),)


@attrs.frozen
class SlowDown(Rejection):
    """A client exceeds its rate: `lines` lines were dropped since its last notice."""

    lines: int

    def reason(self) -> Sentence:
        """Return the number of dropped lines."""
        return Sentence((f"slow down, {self.lines} lines were not sent",))


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
