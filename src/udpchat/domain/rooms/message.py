"""What people say, as far as history keeps it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

import attrs

from udpchat.domain.sentence import Event, Sentence
from udpchat.domain.text.nickname import Nickname


# One for each line that somebody says, so not frozen: that would treble its cost.
@attrs.define
class Message(Event):
    """`nickname` said `text` at `at`, in seconds since 1970 UTC. A family adds its own kinds as subclasses."""

    nickname: Nickname
    text: str
    at: float = 0.0

    @abstractmethod
    def sentences(self) -> Iterable[Sentence]:
        """Return what everybody in the room reads."""
