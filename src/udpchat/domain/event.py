"""What happened, and the sentences in which people read it.

An event is one fact, the same for everybody in the room. It names the one who did it. Its sentences are structured, so
that a dialect can colour names or split long lines without knowing the event.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar

import attrs


@attrs.frozen
class Name:
    """A nickname in a sentence. A dialect keeps it in its place, whichever way its script runs (UAX 9)."""

    nickname: str


Part = str | Name


@attrs.frozen
class Sentence:
    """One line for a reader: `head`, then `body`, then `tail`.

    A body that is too long is split, and each piece repeats the head. With a tail, even an empty one, it is cut instead
    and ends in `...`. If this was said earlier, `at` is when, in seconds since 1970 UTC; every reader is shown it.
    """

    head: tuple[Part, ...]
    body: str = ""
    tail: str | None = None
    at: float | None = None


def with_reason(head: Sequence[Part], reason: str) -> Sentence:
    """Return a sentence that ends with the reason, if there is one."""
    return Sentence((*head, ": "), reason) if reason else Sentence(tuple(head))


@attrs.frozen
class Listing:
    """Entries behind a head, with commas between them. A long list takes several lines, each with the same head.

    `entries` may be an iterator, which makes each entry when it is written; it can be read once.
    """

    head: str
    entries: Iterable[tuple[Part, ...]]


@attrs.frozen
class Bell:
    """A short sound, in front of what follows."""


Wording = Sentence | Listing | Bell
"""What a reader notices of an event."""


class Event(ABC):
    """Something that happened. Its attrs fields are the fact.

    `long` tells that it may have thousands of lines, for one client alone. They are made and sent in parts. `echo`
    tells that its sender reads its own words, for which it has paid with its line.
    """

    __slots__ = ()

    long: ClassVar[bool] = False
    echo: ClassVar[bool] = False

    @abstractmethod
    def sentences(self) -> Iterable[Wording]:
        """Return what the room reads, or what the one client reads whom alone this concerns."""

    def own_sentences(self) -> Iterable[Wording]:
        """Return what the client reads that caused this, if it reads something else than the others."""
        return self.sentences()
