"""What the person who typed the command reads: where the server listens, and how to join."""

from __future__ import annotations

import os
import socket
import sys

import udpchat
from udpchat.adapters.udp.carrier import UdpCarrier

_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound
_ELSEWHERE = ("192.0.2.1", 9)  # RFC 5737: no host has it. The route to it shows our own address; nothing is sent.


def announce(words: str) -> None:
    """Print to standard output; do nothing if it is closed or full."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # otherwise Python fails again when it ends


def welcome(host: str, carrier: UdpCarrier) -> str:
    """Return the lines that say where the server listens, how to join, and how to end it."""
    joins = {"join with:": host}
    if carrier.sockets[0].getsockname()[0] in _EVERY_ADDRESS:
        joins = {"join here:": "localhost", "join elsewhere:": _own_address()}
    width = max(map(len, joins))
    return "\n".join(
        [
            f"udpchat {udpchat.__version__} listens on {' and '.join(carrier.listening())}",
            *(f"{label:{width}}  nc -u {name} {carrier.port}" for label, name in joins.items()),
            f"{'end with:':{width}}  Ctrl-C",
        ]
    )


def _own_address() -> str:
    """Return the address by which other machines most likely reach this one; without a route, the host name."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])
