"""The key of the whole server, which newcomers must type, and how often keys may be guessed.

Only wrong keys are counted: a class that knows the key joins at once. A network that guessed too often waits, and so
does everybody while the whole server had too many wrong keys. Forged sources could cause that, so half of the server's
tries are for strangers that prove their address.

Nothing is stored about a stranger. Networks are counted in a fixed number of slots; a keyed hash says which slot counts
a network, so nobody can choose to share the slot of another.
"""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Iterable

import attrs

from udpchat.domain.address import Network
from udpchat.domain.admission.policy import BURST_SECONDS
from udpchat.domain.admission.token_bucket import TokenBucket
from udpchat.domain.keyed_hash import keyed_hash

MAX_KEY_BYTES = 200  # of a key: some thirty words, more than anybody types
# Wrong keys a second: eight random letters take 331 years on average, four of 7,776 words nearly six million.
SERVER_TRIES = 10
NETWORK_TRIES = 1  # wrong keys a second of one network, six at once: a class that mistypes
SLOT_CHARACTERS = 2  # 1024 slots that count networks: more guessers at once reach the limit of the server

_HASH_CHARACTERS = 26  # 130 bits: no other text has the same hash


def normal_form(words: Iterable[str]) -> str:
    """Return a key without what does not matter in it: letter case, the number of blanks, and how accents are written.

    That is the canonical caseless match of the Unicode Standard (section 3.13, D145), in normal form C.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", " ".join(words)).casefold())


@attrs.frozen
class ServerKey:
    """The key of a server, as a hash made with a `secret` (see `keyed_hash`)."""

    secret: bytes = attrs.field(repr=False)
    _hash: str = attrs.field(repr=False)

    @classmethod
    def of(cls, secret: bytes, key: str) -> ServerKey:
        """Return the key that consists of these words."""
        return cls(secret, _hashed(secret, key.split()))

    def accepts(self, words: Iterable[str]) -> bool:
        """Return whether these words are the key. The time that this takes does not depend on the key."""
        return hmac.compare_digest(self._hash, _hashed(self.secret, words))


def _hashed(secret: bytes, words: Iterable[str]) -> str:
    return keyed_hash(secret, b"server key", normal_form(words).encode(), _HASH_CHARACTERS)


@attrs.define(eq=False)
class KeyTries:
    """Limits how many wrong keys are typed. `secret` is for the hash that chooses a slot."""

    secret: bytes = attrs.field(repr=False)
    _server: TokenBucket = attrs.field(factory=lambda: TokenBucket(SERVER_TRIES), init=False)
    _slots: dict[str, TokenBucket] = attrs.field(factory=dict, init=False)

    def scarce(self, now: float) -> bool:
        """Return whether only strangers that prove their address may try now."""
        self._server.limit_debt(now)
        return self._server.full_at > now + BURST_SECONDS / 2

    def allows(self, network: Network, now: float) -> bool:
        """Return whether a client of this network may try a key."""
        buckets = self._server, self._slot(network)
        for bucket in buckets:
            bucket.limit_debt(now)
        return all(bucket.has(1, now) for bucket in buckets)

    def count(self, network: Network, now: float) -> None:
        """Count a wrong key."""
        for bucket in (self._server, self._slot(network)):
            bucket.take(1, now)

    def _slot(self, network: Network) -> TokenBucket:
        slot = keyed_hash(self.secret, b"key slot", network.prefix, SLOT_CHARACTERS)
        return self._slots.setdefault(slot, TokenBucket(NETWORK_TRIES))
