"""Senders that are not answered."""

from __future__ import annotations

import socket

from udpchat.adapters.udp.address import address_of
from udpchat.adapters.udp.sockets.unanswerable import is_this_machine, own_port, unanswerable
from udpchat.domain.drop_reason import DropReason


def test_own_addresses() -> None:
    """An address that a socket can be bound to belongs to this machine."""
    assert is_this_machine(address_of(("127.0.0.3", 5), 0))
    assert not is_this_machine(address_of(("203.0.113.7", 5), 0))
    assert not is_this_machine(address_of(("2001:db8::7", 5, 0, 0), 0))


def test_why_a_sender_is_not_answered() -> None:
    """Our own port on this machine is ourselves; the same port of another machine, and another port, are peers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        own, port = own_port(sock), sock.getsockname()[1]
    assert unanswerable(address_of(("127.0.0.3", port), 0), own) is DropReason.OWN_ADDRESS
    assert unanswerable(address_of(("203.0.113.7", 0), 0), own) is DropReason.NO_REPLY
    assert unanswerable(address_of(("203.0.113.7", port), 0), own) is None
    assert unanswerable(address_of(("127.0.0.3", port ^ 1), 0), own) is None
