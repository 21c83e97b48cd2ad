"""What members say: the events that the log of a room keeps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

import attrs

from udpchat.domain.event import Event, Sentence
from udpchat.domain.text.nickname import Nickname


# One is made for each line. It is not frozen because that would triple the cost of making it.
@attrs.define
class Message(Event):
    """`nickname` said `text` at `at`, in seconds since 1970 UTC. A family adds its own kinds as subclasses.

    `by` is the number of the member, which no other member ever has; 0 if it is unknown. `number` counts the messages
    of all rooms.
    """

    nickname: Nickname
    text: str
    at: float = 0.0
    by: int = attrs.field(default=0, eq=False)
    number: int = attrs.field(default=0, eq=False)

    @abstractmethod
    def sentences(self) -> Iterable[Sentence]:
        """Return what all members read."""
