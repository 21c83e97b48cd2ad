"""Tokens that this server drew, until it shows them."""

from __future__ import annotations

import secrets
from typing import TypeVar

import attrs

from udpchat.domain.commands.secrecy import HASH_CHARACTERS
from udpchat.domain.keyed_hash import keyed_hash
from udpchat.domain.rooms.tokens import TOKEN_CHARACTERS, TokenShown, plain, spell

MAX_DRAWN = 10_000  # that wait: more than the inputs that a journal has not committed yet

T = TypeVar("T", bound=TokenShown)


@attrs.define(eq=False)
class DrawnTokens:
    """Draws tokens, and knows each by its hash until it is shown. `key` is that of the hashes.

    The journal and the chat get the hash alone. If a token is not shown, because the server ended or the line was
    refused, nobody ever reads it.
    """

    key: bytes = attrs.field(repr=False)
    _drawn: dict[str, str] = attrs.field(factory=dict, init=False, repr=False)  # by hash, the latest last

    def hash(self, typed: str, purpose: bytes) -> str:
        """Return the hash of a token as somebody typed it."""
        return keyed_hash(self.key, purpose, plain(typed).encode(), HASH_CHARACTERS)

    def draw(self, purpose: bytes, characters: int = TOKEN_CHARACTERS) -> str:
        """Draw a token, and return its hash. The oldest of too many is forgotten."""
        token = spell(secrets.token_bytes(characters))
        hashed = self.hash(token, purpose)
        self._drawn[hashed] = token
        if len(self._drawn) > MAX_DRAWN:
            del self._drawn[next(iter(self._drawn))]
        return hashed

    def fill(self, event: T) -> T:
        """Return an event with its token, if this server drew it and did not show it yet."""
        return attrs.evolve(event, token=self._drawn.pop(event.hashed, ""))
