"""When the kernel received a datagram: a control message with a struct timespec of the clock on the wall.

That clock may be set between two datagrams, so only an age is made of it, within bounds that the caller knows.

Limit: only Linux; elsewhere no age is known. Sources: socket(7), Linux Documentation/networking/timestamping.rst.
"""

from __future__ import annotations

import socket
import struct
import sys
import time
from collections.abc import Sequence
from typing import cast

from udpchat.domain.ports.carrier import LATE

SO_TIMESTAMPNS, SO_TIMESTAMPING = 35, 37  # Linux uapi/asm-generic/socket.h; Python has no names for them
RX_SOFTWARE = 1 << 3  # Linux uapi/linux/net_tstamp.h: note the times, whether they are reported or not
TIMESTAMP = socket.SOL_SOCKET, SO_TIMESTAMPNS  # level and type of the control message
STAMP = struct.Struct("@ll")  # struct timespec: seconds since 1970 UTC, and nanoseconds

_NANOSECOND = 1e-9


def request_timestamps(sock: socket.socket) -> bool:
    """Let the kernel note the time of each datagram; return whether it does.

    It stays so for a process that gets the socket later, with the datagrams that waited for it.
    """
    if sys.platform != "linux":
        return False
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, RX_SOFTWARE)
    except OSError:
        return False
    return True


def report_timestamps(sock: socket.socket, *, wanted: bool) -> None:
    """Let the kernel report the noted time of each datagram that is received from now on, or not any more.

    A report takes a tenth of the time that the kernel needs to receive a datagram.
    """
    sock.setsockopt(*TIMESTAMP, wanted)


def ages(stamps: Sequence[bytes], most: float) -> Sequence[float]:
    """Return how many seconds ago the times of `stamps` were: from 0 to `most`; nothing if the first is not `LATE`."""
    now = time.time()
    if not stamps or _age(stamps[0], now) < LATE:
        return ()
    return [min(max(_age(stamp, now), 0.0), most) for stamp in stamps]


def _age(stamp: bytes, now: float) -> float:
    seconds, nanoseconds = cast("tuple[int, int]", STAMP.unpack(stamp))
    return now - seconds - nanoseconds * _NANOSECOND
