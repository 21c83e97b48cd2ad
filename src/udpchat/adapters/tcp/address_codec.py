"""Clients that have a connection, as text for a journal, beside clients of other carriers.

The text has the parts of one over UDP: a listener, which is 0, and the address. A connection does not outlive its
server. So a journal can be read that has such clients, but nothing can be sent to them.
"""

from __future__ import annotations

import attrs

from udpchat.adapters.journal.codec import AddressCodec
from udpchat.adapters.tcp.address import TcpAddress, parse
from udpchat.domain.address import Address

_LISTENER = "0 "
_MARK = "-"  # in every text of this kind, and in no other


@attrs.frozen
class ConnectionCodec:
    """`codec.AddressCodec` for clients with a connection; `others` is for all others.

    If it is for `live` connections alone, those of other servers are refused, as clients that cannot be written to.
    """

    others: AddressCodec
    live: bool = False

    def encode(self, address: Address) -> str:
        """Return an address as text."""
        return _LISTENER + address.decode() if isinstance(address, TcpAddress) else self.others.encode(address)

    def decode(self, text: str) -> Address:
        """Return the address of a text; raise ValueError for any other text."""
        if _MARK not in text:
            return self.others.decode(text)
        address = parse(text.removeprefix(_LISTENER))
        if self.live and not address.is_ours:
            raise ValueError(f"{address} had a connection to another server")
        return address
