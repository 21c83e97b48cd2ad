"""The kernel's buffers of a socket: their sizes, and what was lost because one was full.

Sources: udp(7), socket(7), Linux uapi/linux/sock_diag.h.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterable
from typing import cast

MAX_PAYLOAD = 65_535  # bytes: the length field of a UDP header has 16 bits (RFC 768), so no datagram is longer
BUFFER = 4 << 20  # bytes requested for each direction: 5,000 short lines can wait while a large fan-out is sent
SO_MEMINFO = 55  # Linux uapi/asm-generic/socket.h; Python has no name for it

_MEMINFO = struct.Struct("=9I")  # the last is SK_MEMINFO_DROPS


def enlarge_buffers(sock: socket.socket) -> None:
    """Request large buffers. The kernel may grant less."""
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        sock.setsockopt(socket.SOL_SOCKET, option, BUFFER)


def small_buffers(bound: Iterable[socket.socket]) -> list[tuple[str, int]]:
    """Return the kernel's limits that kept a buffer smaller than `BUFFER`, each with the granted size in bytes.

    Linux adds the same size for its own book-keeping and reports the sum (socket(7)), so half of it counts there.
    """
    share = 2 if sys.platform == "linux" else 1
    options = (("net.core.rmem_max", socket.SO_RCVBUF), ("net.core.wmem_max", socket.SO_SNDBUF))
    sizes = [
        (name, min(sock.getsockopt(socket.SOL_SOCKET, option) // share for sock in bound)) for name, option in options
    ]
    return [(name, size) for name, size in sizes if size < BUFFER]


def receive_drops(sock: socket.socket) -> int:
    """Return how many datagrams the kernel dropped because the receive buffer was full; 0 on other systems."""
    if sys.platform != "linux":
        return 0
    return cast("int", _MEMINFO.unpack(sock.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, _MEMINFO.size))[-1])
