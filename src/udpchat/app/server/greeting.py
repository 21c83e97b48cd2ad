"""What the person who typed the command reads: where the server listens, and how to join."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress

import udpchat
from udpchat.adapters.host_port import with_port
from udpchat.adapters.udp.carrier import UdpCarrier
from udpchat.adapters.udp.sockets.listen import ListenError, bare, resolve, text_of

_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - with the loopback that it includes
# RFC 5737, RFC 3849: no host has these. The route to them shows our own address; nothing is sent.
_ELSEWHERE = {socket.AF_INET: ("192.0.2.1", 9), socket.AF_INET6: ("2001:db8::1", 9)}


def announce(words: str) -> None:
    """Print to standard output; do nothing if it is closed or full."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # otherwise Python fails again when it ends


def welcome(host: str, carrier: UdpCarrier, *, tcp: bool = False, web: bool = False) -> str:
    """Return the lines that say where the server listens, how to join, and how to end it.

    What follows "join" works as it stands: a client takes the first address that it finds under a name, so a name is
    shown only if the server listens on all of them. With `tcp`, each can join by TCP too, with `web` in a browser.
    """
    sockets = carrier.sockets
    joins = {"join with:": _reachable(host, sockets)}
    if any(sock.getsockname()[0] in _EVERY_ADDRESS for sock in sockets):
        joins = {"join here:": _reachable("localhost", sockets), "join elsewhere:": own_address(sockets)}
    width = max(map(len, joins))
    return "\n".join(
        [
            f"udpchat {udpchat.__version__} listens on {' and '.join(carrier.listening())}",
            *(f"{label:{width}}  {_join(name, carrier.port, tcp=tcp, web=web)}" for label, name in joins.items()),
            f"{'end with:':{width}}  Ctrl-C",
        ]
    )


def _join(name: str, port: int, *, tcp: bool, web: bool) -> str:
    """Return what to type."""
    url = f"http://{with_port(name, port)}"
    others = [*([f"nc {name} {port}"] if tcp else []), *([f"{url} in a browser"] if web else [])]
    return f"nc -u {name} {port}" + (f"      (or {', or '.join(others)})" if others else "")


def _reachable(host: str, sockets: Sequence[socket.socket]) -> str:
    """Return the host if the sockets receive what is sent to any of its addresses, else the address of the first."""
    with suppress(ListenError):
        if all(any(_receives(sock, address) for sock in sockets) for address in resolve(host)):
            return bare(host)
    first = text_of(sockets[0].getsockname())
    return _EVERY_ADDRESS.get(first, first)


def _receives(sock: socket.socket, address: str) -> bool:
    """Return whether a bound socket receives what is sent to an address of this machine."""
    bound = text_of(sock.getsockname())
    if bound == "::" and ":" not in address:
        return not sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
    return bound == address or (bound in _EVERY_ADDRESS and (":" in bound) == (":" in address))


def own_address(sockets: Sequence[socket.socket]) -> str:
    """Return the address by which other machines most likely reach this one; without a route, the host name."""
    for family, elsewhere in _ELSEWHERE.items():
        if any(_receives(sock, elsewhere[0]) for sock in sockets):
            with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect(elsewhere)
                return str(probe.getsockname()[0])
    return socket.gethostname()
