"""Datagrams that a carrier received, and datagrams that came back undelivered."""

from __future__ import annotations

import attrs

from udpchat.domain.address import Address


# One is made for each line, and none is changed. It is not frozen because that would triple the cost of making it.
@attrs.define
class Datagram:
    """The whole payload of a datagram, 0 to 65,535 bytes, and its sender."""

    payload: bytes
    sender: Address


@attrs.frozen
class Bounce:
    """A datagram that came back: no program listens at the port of `address` now.

    `payload` is the whole datagram as it was sent, or empty if the report does not identify it.
    """

    payload: bytes
    address: Address
