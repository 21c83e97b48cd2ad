"""What a peer can get wrong.

A parser or a handler raises `Rejected`. It is caught in one place, `machine/obey.py`, which answers the peer. Any
other exception is our own bug and is not caught there.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

import attrs

from udpchat.domain.event import Event, Sentence


class Rejection(Event):
    """Why something was refused. Its first sentence, mostly the only one, begins with `error - `."""

    __slots__ = ()

    @abstractmethod
    def reason(self) -> Sentence:
        """Return the first sentence without its beginning."""

    def sentences(self) -> Iterable[Sentence]:
        """Return the first sentence as the only one."""
        reason = self.reason()
        return (attrs.evolve(reason, head=("error - ", *reason.head)),)


@attrs.frozen
class Rejected(Exception):  # noqa: N818 - the peer made the error, not we
    """A peer's mistake, and `why` it is one."""

    why: Rejection
