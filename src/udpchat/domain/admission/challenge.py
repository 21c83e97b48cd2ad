"""The code that proves that a stranger receives what is sent to its address.

No code is stored. It is a keyed hash of the address and the time, which is computed again to check it.
"""

from __future__ import annotations

import hmac

import attrs

from udpchat.domain.address import Address
from udpchat.domain.keyed_hash import keyed_hash

CODE_CHARACTERS = 6  # 30 bits: at the rate at which codes are checked, guessing one takes days
WINDOW = 15.0  # seconds; an address gets the same code within one window
VALID_WINDOWS = 5  # the current one and the four before: a code is valid for at least 60 s, and at most 75 s


@attrs.frozen
class Challenge:
    """The codes that strangers must send, made with a key (see `keyed_hash`)."""

    key: bytes = attrs.field(repr=False)

    def code(self, address: Address, now: float) -> str:
        """Return the code for a stranger at `address`; `now` is in seconds."""
        return self._code(address, now // WINDOW)

    def accepts(self, code: bytes, address: Address, now: float) -> bool:
        """Return whether `code` was sent to `address` in the last 60 s.

        The time that this takes does not depend on the answer, so it does not help to guess a code.
        """
        window = now // WINDOW
        matches = [
            hmac.compare_digest(self._code(address, window - age).encode(), code) for age in range(VALID_WINDOWS)
        ]
        return any(matches)

    def _code(self, address: Address, window: float) -> str:
        return keyed_hash(self.key, b"code", f"{window:.0f} {address}".encode(), CODE_CHARACTERS)
