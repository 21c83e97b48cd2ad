"""What is derived from a key that only this server has: the codes for strangers, and what stands for hidden addresses.

Nothing is stored: both are keyed hashes (BLAKE2b, RFC 7693), made again when they are to be compared.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Literal, assert_never

import attrs

from udpchat.domain.address import Address, Network, Scope

ShowAddresses = Literal["yes", "no", "auto"]

KEY_BYTES = 32
CODE_CHARACTERS = 6  # 30 bits: with the limit on tries, guessing one takes days
CLOAK_CHARACTERS = 8  # 40 bits: two of 10,000 networks share one in 1 of 20,000 rooms
WINDOW = 15.0  # seconds for which an address gets the same code
WINDOWS = 5  # that a code counts in: so it is valid for 60 s at least, and 75 s at most

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # 5 bits each, and none to mistake for another: no l, o, 0, 1


@attrs.frozen
class Secret:
    """A key of `KEY_BYTES` random bytes."""

    key: bytes = attrs.field(repr=False)

    def code(self, address: Address, now: float) -> str:
        """Return what a stranger at `address` must send back; `now` is in seconds."""
        return self._code(address, now // WINDOW)

    def accepts(self, code: bytes, address: Address, now: float) -> bool:
        """Say whether `address` was given this code in the last 60 s; takes as long whatever the answer is."""
        window = now // WINDOW
        matches = [hmac.compare_digest(self._code(address, window - age).encode(), code) for age in range(WINDOWS)]
        return any(matches)

    def cloak(self, network: Network) -> str:
        """Return what stands for an address: the same for all of one network, and different for another key."""
        return self._spell(b"cloak", network.prefix, CLOAK_CHARACTERS)

    def _code(self, address: Address, window: float) -> str:
        return self._spell(b"code", f"{window:.0f} {address}".encode(), CODE_CHARACTERS)

    def _spell(self, purpose: bytes, what: bytes, characters: int) -> str:
        digest = hashlib.blake2b(what, key=self.key, person=purpose, digest_size=characters).digest()
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest)


@attrs.frozen
class Cloak:
    """How an address is shown to the others in the room: as it is, or by what stands for its network."""

    show_addresses: ShowAddresses
    secret: Secret

    def __call__(self, address: Address) -> str:
        """Return what stands for `address` in /list."""
        return str(address) if self._shows(address) else self.secret.cloak(address.network)

    def _shows(self, address: Address) -> bool:
        match self.show_addresses:
            case "yes":
                return True
            case "no":
                return False
            case "auto":
                return address.network.scope is not Scope.GLOBAL
            case _:
                assert_never(self.show_addresses)
