"""The kernel's buffers of a socket."""

from __future__ import annotations

import socket

from udpchat.adapters.udp.sockets.buffers import small_buffers


def test_buffers_that_the_kernel_made_smaller() -> None:
    """A limit that made a buffer smaller is returned with the granted size."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 10_000)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 20_000)
        assert small_buffers([sock]) == [("net.core.rmem_max", 10_000), ("net.core.wmem_max", 20_000)]
