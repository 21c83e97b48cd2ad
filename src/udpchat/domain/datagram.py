"""Datagrams that a carrier received, and datagrams that came back undelivered."""

from __future__ import annotations

import attrs

from udpchat.domain.address import Address

# A class would take longer to make than all else that is done to receive a datagram.
Datagram = tuple[bytes, Address]
"""The whole payload of a datagram, 0 to 65,535 bytes, and its sender."""


@attrs.frozen
class Bounce:
    """A datagram that came back: no program listens at the port of `address` now.

    `payload` is the whole datagram as it was sent, or empty if the report does not identify it. If the client had a
    connection, that has `ended`: nothing reaches the address any more.
    """

    payload: bytes
    address: Address
    ended: bool = False
