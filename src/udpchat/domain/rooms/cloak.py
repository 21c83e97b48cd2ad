"""How the address of a client is shown to the others in its room."""

from __future__ import annotations

from typing import Literal, assert_never, cast

import attrs

from udpchat.domain.address import Address, Scope
from udpchat.domain.keyed_hash import keyed_hash

ShowAddresses = Literal["yes", "no", "auto"]

CLOAK_CHARACTERS = 8  # 40 bits: two of 10,000 networks share a cloak in 1 of 20,000 rooms


@attrs.frozen
class Cloak:
    """Shows an address, or hides it behind a word, made with a key (see `keyed_hash`).

    The word is the same for all addresses of a network. "auto" hides global addresses only.
    """

    show_addresses: ShowAddresses
    key: bytes = attrs.field(repr=False)

    def by(self, show_addresses: str) -> Cloak:
        """Return the cloak with the same key by another setting."""
        return Cloak(cast("ShowAddresses", show_addresses), self.key)

    def __call__(self, address: Address) -> str:
        """Return `address` as /list shows it."""
        if self._shows(address):
            return str(address)
        return keyed_hash(self.key, b"cloak", address.network.prefix, CLOAK_CHARACTERS)

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
