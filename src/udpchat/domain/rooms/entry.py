"""Whether a stranger may come in: bans, and a server that is closed for strangers."""

from __future__ import annotations

from collections.abc import Collection

import attrs

from udpchat.domain.address import Address
from udpchat.domain.duration import in_words
from udpchat.domain.event import Sentence, with_reason
from udpchat.domain.rejection import Rejection
from udpchat.domain.rooms.acts import FOREVER
from udpchat.domain.rooms.sanctions import Ban, sanctions_of
from udpchat.domain.rooms.state import ChatState


@attrs.frozen
class KeptOut(Rejection):
    """A stranger is banned, for so many seconds more. The short form is for those that sent few bytes."""

    ban: Ban
    seconds: float
    short: bool = False

    def reason(self) -> Sentence:
        """Return for how long, and why."""
        if self.short:
            return Sentence(("you are banned",))
        rest = f" for {in_words(self.seconds)} more" if self.ban.until < FOREVER else ""
        return with_reason((f"you are banned{rest}",), self.ban.why)


@attrs.frozen
class ServerClosed(Rejection):
    """A stranger came while nobody new may come in."""

    short: bool = False

    def reason(self) -> Sentence:
        """Return the sentence."""
        return Sentence(("nobody new can come in now" if not self.short else "closed",))


Refusal = KeptOut | ServerClosed
"""Why a stranger may not come in."""


def refusal(state: ChatState, address: Address, at: float) -> Refusal | None:
    """Return why a stranger may not come in at `at`, in seconds since 1970 UTC, or None if it may."""
    if (banned := address_refusal(state, address, at)) is not None:
        return banned
    return ServerClosed() if sanctions_of(state).lockdown else None


def address_refusal(state: ChatState, address: Address, at: float) -> KeptOut | None:
    """Return the ban that keeps an address out, whether strangers may come in or not."""
    ban = sanctions_of(state).ban_on(address, at)
    return None if ban is None else KeptOut(ban, ban.until - at)


def name_refusal(state: ChatState, keys: Collection[str], at: float) -> KeptOut | None:
    """Return why the owner of a name with these keys may not come in, or None if it may."""
    ban = sanctions_of(state).ban_on_name(keys, at)
    return None if ban is None else KeptOut(ban, ban.until - at)
