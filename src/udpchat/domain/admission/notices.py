"""The events that the gate and the hub send to one client or stranger."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

import attrs

from udpchat.domain.address import Address
from udpchat.domain.event import Event, Sentence
from udpchat.domain.rejection import Rejection
from udpchat.domain.rooms.audience import Only

Recipient = Address | Only
"""Who is sent a notice. A client is sent it in the dialect that it reads; `Only` says that it is a program."""


class Asked(Event):
    """What a stranger must type to join. It is sent only if its `size` in bytes is within a bound."""

    @property
    @abstractmethod
    def _lines(self) -> tuple[str, ...]:
        """What is read."""

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
class CodeAsked(Asked):
    """A stranger must send a code, and behind it the key of the server if that has one.

    The short form is for strangers that sent few bytes. If there is room, it also reads that its line was not sent, or
    that the code in it is wrong or too old.
    """

    code: str
    short: bool = False
    unsent: bool = False
    invalid: bool = False
    key: bool = False

    @property
    def _lines(self) -> tuple[str, ...]:
        typed = f"/enter {self.code} KEY" if self.key else f"/enter {self.code}"
        if self.invalid:
            return (f"error - invalid code, type: {typed}",)
        return _asked(typed, short=self.short, unsent=self.unsent)


@attrs.frozen
class KeyAsked(Asked):
    """A stranger must send the key of the server, behind the `code` if it has shown one. Forms are as of `CodeAsked`.

    If there is room, it also reads that the key that it sent is `wrong`.
    """

    code: str = ""
    short: bool = False
    unsent: bool = False
    wrong: bool = False

    @property
    def _lines(self) -> tuple[str, ...]:
        typed = f"/enter {self.code} KEY" if self.code else "/enter KEY"
        if self.wrong:
            return ("error - wrong key",) if self.short else (f"error - wrong key, type: {typed}",)
        return _asked(typed, short=self.short, unsent=self.unsent)


@attrs.frozen
class TooManyKeys(Rejection):
    """The key of a stranger was not looked at: its network, or all together, sent too many wrong ones."""

    def reason(self) -> Sentence:
        """Return what to do."""
        return Sentence(("too many wrong keys, wait a moment",))


def _asked(typed: str, *, short: bool, unsent: bool) -> tuple[str, ...]:
    """Return what asks a stranger to type a line."""
    if short:
        return (typed,)
    asked = f"to join, type: {typed}"
    return (asked, "error - your line was not sent") if unsent else (asked,)


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
class TooManyJoins(Rejection):
    """A stranger is refused because too many join at this moment. Its address is proven, so no code would help."""

    def reason(self) -> Sentence:
        """Return what to do."""
        return Sentence(("too many clients are joining, wait a moment and say something",))


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
