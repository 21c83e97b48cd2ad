"""What the server says by itself to one client or stranger: the gate, and the loop behind it."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from udpchat.domain.rejection import Rejection
from udpchat.domain.sentence import Event, Sentence


@attrs.frozen
class CodeAsked(Event):
    """A stranger must send back a code. The short form is for those who sent few bytes."""

    code: str
    short: bool = False

    @property
    def _words(self) -> str:
        return f"/enter {self.code}" if self.short else f"to join, type: /enter {self.code}"

    @property
    def size(self) -> int:
        """The bytes of its one line."""
        return len(self._words) + 1

    def sentences(self) -> Iterable[Sentence]:
        """Return what to type."""
        return (Sentence((self._words,)),)


@attrs.frozen
class SlowDown(Rejection):
    """A client says more than it may: `lines` were not sent since this was said last."""

    lines: int

    def reason(self) -> Sentence:
        """Return how many lines were not sent."""
        return Sentence((f"slow down, {self.lines} lines were not sent",))


@attrs.frozen
class RoomFull(Rejection):
    """A stranger comes while nobody else is let in."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("the room is full",))


@attrs.frozen
class NetworkFull(Rejection):
    """A stranger comes from a network that nobody else is let in from."""

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("too many clients at your address",))


@attrs.frozen
class TooManyReplies(Rejection):
    """A client asks for a long reply, while as many as there may be are under way to others."""

    def reason(self) -> Sentence:
        """Return when to ask again."""
        return Sentence(("too many are being shown what was said, ask again in a minute",))


@attrs.frozen
class RoomUnreachable(Rejection):
    """A line could not be committed in time, through no fault of its sender."""

    def reason(self) -> Sentence:
        """Return what became of the line."""
        return Sentence(("the room is unreachable, your line was not sent",))
