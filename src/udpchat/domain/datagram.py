"""Datagrams that a carrier received, and datagrams that came back undelivered."""

from __future__ import annotations

import attrs

from udpchat.domain.address import Address

# A class would take longer to make than all else that is done to receive a datagram.
Datagram = tuple[bytes, Address]
"""The whole payload of a datagram, 0 to 65,535 bytes, and its sender."""

RECORD_SEPARATOR = b"\x1e"  # in front of each object of a program (RFC 7464); no line of text begins with it
_STUN_COOKIE = b"\x21\x12\xa4\x42"
_STUN_TYPES = 4  # first bytes; those of WebRTC's types are 0 and 1


def is_of_program(payload: bytes) -> bool:
    """Return whether a datagram has objects of a program, and no text."""
    return payload[:1] == RECORD_SEPARATOR


def is_stun(payload: bytes) -> bool:
    """Return whether a datagram is STUN, which a foreign web page can make a browser send (RFC 8489 section 5).

    The two highest bits of its type are 0, its cookie stands at byte 4; a page chooses much of what follows.
    """
    return payload[4:8] == _STUN_COOKIE and payload[0] < _STUN_TYPES


@attrs.frozen
class Bounce:
    """A datagram that came back: no program listens at the port of `address` now.

    `payload` is the whole datagram as it was sent, or empty if the report does not identify it. If the client had a
    connection, that has `ended`: nothing reaches the address any more.
    """

    payload: bytes
    address: Address
    ended: bool = False
