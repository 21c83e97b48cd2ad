"""What a carrier hands over: datagrams that came, and datagrams that came back."""

from __future__ import annotations

import attrs

from udpchat.domain.address import Address


# Made for each line and never changed: to be frozen would treble what making it costs.
@attrs.define
class Datagram:
    """The whole payload of a datagram, 0 to 65,535 bytes, and who sent it."""

    payload: bytes
    sender: Address


@attrs.frozen
class Bounce:
    """A datagram that came back: nobody listens at the port of `address` now.

    `payload` is the whole datagram as it was sent, or empty where the network told too little to know which it was.
    """

    payload: bytes
    address: Address
