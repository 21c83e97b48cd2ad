"""Datagrams that wait while the send buffer is full."""

from __future__ import annotations

import socket

from tests.adapters.udp.kernel import ONE, TWO, Kernel, numbered
from udpchat.adapters.udp.address import address_of
from udpchat.adapters.udp.send_queue import MAX_FLUSHED, MAX_WAITING, MAX_WAITING_CLIENTS, SendQueue
from udpchat.domain.drop_reason import DropCounts, DropReason


def test_only_the_newest_wait() -> None:
    """The datagrams for one client are bounded: the oldest is dropped and counted; other clients lose nothing."""
    queue = SendQueue(DropCounts())
    queue.append([b"first"], (TWO,))
    for payload in numbered(MAX_WAITING + 5):
        queue.append([payload], (ONE,))
    assert queue.drops == {DropReason.SEND_BUFFER: 5}
    assert len(queue) == MAX_WAITING + 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        kernel = Kernel(10, sock)
        assert not queue.flush(kernel, kernel.paths)
        kernel.room = 1000
        assert queue.flush(kernel, kernel.paths)
    assert kernel.sent == [(TWO, b"first"), *((ONE, payload) for payload in numbered(MAX_WAITING + 5)[5:])]
    assert not queue.waiting


def test_only_so_many_clients_wait() -> None:
    """Datagrams for more and more addresses do not fill a table; forgetting the addresses empties it."""
    queue = SendQueue(DropCounts())
    many = [address_of((f"127.0.{number // 250}.{number % 250}", 9), 0) for number in range(MAX_WAITING_CLIENTS + 3)]
    for address in many:
        queue.append([b"a"], (address,))
    assert queue.drops == {DropReason.SEND_BUFFER: 3}
    for address in many:
        queue.forget(address)
    assert not queue.waiting
    assert queue.drops == {DropReason.SEND_BUFFER: 3, DropReason.FORGOTTEN: MAX_WAITING_CLIENTS}


def test_a_flush_is_bounded() -> None:
    """Where the kernel takes everything, the event loop has its turn nevertheless, and no datagram is lost."""
    queue = SendQueue(DropCounts())
    for port in range(1, MAX_FLUSHED // MAX_WAITING + 3):
        queue.append(numbered(MAX_WAITING), (address_of(("127.0.0.1", port), 0),))
    number = len(queue)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        kernel = Kernel(number, sock)
        assert not queue.flush(kernel, kernel.paths)
        assert len(kernel.sent) == MAX_FLUSHED
        assert queue.flush(kernel, kernel.paths)
    assert len(kernel.sent) == number


def test_what_waited_when_the_first_was_dropped_is_known() -> None:
    """For each address for which a datagram was dropped, the queue has the lines that waited then, itself included."""
    queue = SendQueue(DropCounts())
    queue.append([b"first\n"], (TWO,))
    for _ in range(MAX_WAITING + 5):
        queue.append([b"a\nb\n"], (ONE,))
    assert queue.lost == {ONE: 2 * (MAX_WAITING + 1)}
