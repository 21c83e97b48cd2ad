"""The system calls sendmmsg(2) and recvmmsg(2), which the standard library does not have.

Limit: other systems than Linux lack them, and a seccomp filter may forbid them; `supported` finds out.
Sources: sendmmsg(2), recvmmsg(2), udp(7).
"""

from __future__ import annotations

import ctypes
import socket
from collections.abc import Callable

import attrs

SOL_UDP, UDP_SEGMENT = 17, 103  # Linux uapi/linux/udp.h; Python has no names for them

SendCall = Callable[[int, int, int, int], int]
"""File descriptor, address of the first header, number of headers, flags -> how many were sent, or -1 and errno."""

ReceiveCall = Callable[[int, int, int, int, None], int]
"""The same for receiving, with a timeout at the end, which is not used."""


@attrs.frozen
class SystemCalls:
    """The two system calls, so that a test can replace the kernel."""

    sendmmsg: SendCall
    recvmmsg: ReceiveCall


def load() -> SystemCalls | None:
    """Return the system calls, or None if the C library does not have them."""
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        sendmmsg, recvmmsg = libc.sendmmsg, libc.recvmmsg
    except AttributeError:
        return None
    sendmmsg.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)
    recvmmsg.argtypes = (*sendmmsg.argtypes, ctypes.c_void_p)
    return SystemCalls(sendmmsg, recvmmsg)


def supported(calls: SystemCalls | None, sock: socket.socket) -> bool:
    """Say whether the kernel accepts these calls: ask it to send and receive nothing."""
    if calls is None:
        return False
    fd = sock.fileno()
    return calls.sendmmsg(fd, 0, 0, 0) == 0 and calls.recvmmsg(fd, 0, 0, socket.MSG_DONTWAIT, None) == 0


def cuts_segments(sock: socket.socket) -> bool:
    """Say whether the kernel can cut one payload into datagrams (Linux 4.18)."""
    try:
        sock.getsockopt(SOL_UDP, UDP_SEGMENT)
    except OSError:
        return False
    return True
