"""Who said something that is kept, and whose words `/wipe` takes back."""

from __future__ import annotations

import attrs

from udpchat.domain.address import Address
from udpchat.domain.text.nickname import Nickname


@attrs.frozen
class Author:
    """Who said something: its nickname then, and its number, which no other member ever has."""

    nickname: Nickname
    number: int


@attrs.frozen
class Meant:
    """Whose words are taken back: those of the member with a `number` (0 if it is unknown), or said under a nickname.

    `nicknames` are in lower case. Words that were said before `since`, in seconds since 1970 UTC, stay. `address` is
    where the member is, None if it is not here.
    """

    number: int
    nicknames: frozenset[str]
    since: float
    address: Address | None = None

    def wrote(self, nickname: str, number: int) -> bool:
        """Return whether this is about the words of somebody."""
        return bool(number and number == self.number) or nickname.casefold() in self.nicknames

    def said(self, nickname: str, number: int, at: float) -> bool:
        """Return whether this is about what somebody said at a time."""
        return at >= self.since and self.wrote(nickname, number)
