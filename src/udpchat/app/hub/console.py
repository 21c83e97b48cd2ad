"""What the server's own machine asks for, and what it is answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from udpchat.domain.dialects.text_encoder import render
from udpchat.domain.event import Event
from udpchat.domain.limits import MAX_DATAGRAM

Answer = Callable[[Sequence[str]], None]
"""Gets the lines of an answer."""


@attrs.define(eq=False)
class Console:
    """Collects the answer to an act of the machine, and gives it to the one who waits for it.

    An act is found by the entropy of its input: the journal may commit it later.
    """

    _waiting: dict[int, Answer] = attrs.field(factory=dict, init=False)
    _lines: list[str] = attrs.field(factory=list, init=False)

    def expect(self, entropy: int, answer: Answer) -> None:
        """Wait for the answer to an act."""
        self._waiting[entropy] = answer

    def give_up(self, answer: Answer) -> None:
        """Wait no longer: the one who asked has gone, or the act was never handled."""
        self._waiting = {entropy: each for entropy, each in self._waiting.items() if each is not answer}

    def discard(self) -> None:
        """Drop what was added of an act that failed: it is no part of the next answer."""
        self._lines = []

    def add(self, event: Event) -> None:
        """Add what the machine reads of an event."""
        self._lines += [line.decode().removesuffix("\n") for line in render(event, MAX_DATAGRAM, own=True)]

    def finish(self, entropy: int, *more: Event) -> None:
        """Give the answer to the one who waits for it, if anybody here does."""
        for event in more:
            self.add(event)
        lines, self._lines = self._lines, []
        if answer := self._waiting.pop(entropy, None):
            answer(lines)
