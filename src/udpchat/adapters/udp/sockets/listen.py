"""Bound sockets for a host name. Sources: RFC 3493, RFC 4007, getaddrinfo(3), ipv6(7)."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from ipaddress import IPv6Address
from typing import cast

import structlog

from udpchat.adapters.udp.address import SockAddr
from udpchat.adapters.udp.sockets.buffers import enlarge_buffers

PORT_TRIES = 20  # a port that is free on the first address may be in use on the second; then another one is tried

_NOT_ON_THIS_MACHINE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}

log = structlog.get_logger(__name__)


class ListenError(Exception):
    """The server cannot listen where the user asked; the message is one sentence for that user."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Return bound sockets for every address that `host` resolves to, and for `localhost` on both 127.0.0.1 and ::1.

    `::` takes IPv4 too. Port 0 picks a free port, the same on every address. An address that this machine does not
    have is left out as long as there is another one. Raise `ListenError` if anything else fails.
    """
    addresses = resolve(host)
    for _ in range(PORT_TRIES):
        try:
            return _bind_all(host, addresses, port)
        except OSError as exc:
            if port == 0 and exc.errno == errno.EADDRINUSE:
                continue
            raise ListenError(_refusal(exc, host, port)) from exc
    raise ListenError(f"no port is free on all of {', '.join(addresses)}")


def bare(host: str) -> str:
    """Return a host as programs other than browsers take it: an IPv6 address without brackets."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def resolve(host: str) -> list[str]:
    """Return the addresses of a host, IPv4 first, and for `localhost` both loopbacks; raise `ListenError`."""
    try:
        found = socket.getaddrinfo(bare(host) or ".", None, type=socket.SOCK_DGRAM)
    except (OSError, ValueError) as exc:
        raise ListenError(f"unknown host {host!r}: no address found for it") from exc
    resolved = [text_of(cast("SockAddr", sockaddr)) for *_, sockaddr in found]
    loopbacks = ["127.0.0.1", "::1"] if host.lower() == "localhost" else []
    return sorted(dict.fromkeys([*resolved, *loopbacks]), key=lambda address: ":" in address)


def text_of(sockaddr: SockAddr) -> str:
    """Return the address as text, with the scope that a link-local one needs, and an IPv4-mapped one as IPv4."""
    host, _, *rest = sockaddr
    if not rest:
        return host
    mapped = IPv6Address(host).ipv4_mapped
    if mapped:
        return str(mapped)
    scope = rest[1]
    return f"{host}%{scope}" if scope and "%" not in host else host


def _bind_all(host: str, addresses: Iterable[str], port: int) -> list[socket.socket]:
    bound: list[socket.socket] = []
    absent: OSError | None = None
    try:
        for address in addresses:
            try:
                bound.append(_bind(address, bound[0].getsockname()[1] if bound else port))
            except OSError as exc:
                if exc.errno not in _NOT_ON_THIS_MACHINE:
                    raise
                absent = exc
                log.debug("address left out", host=host, address=address, error=exc.strerror)
        if absent and not bound:
            raise absent
    except OSError:
        for sock in bound:
            sock.close()
        raise
    return bound


def _bind(address: str, port: int) -> socket.socket:
    family, kind, _, _, sockaddr = socket.getaddrinfo(
        address, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
    )[0]
    sock = socket.socket(family, kind)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, address != "::")
        enlarge_buffers(sock)
        sock.bind(sockaddr)
    except OSError:
        sock.close()
        raise
    return sock


def _refusal(exc: OSError, host: str, port: int) -> str:
    where = f"port {port} on {host}"
    match exc.errno:
        case errno.EADDRINUSE:
            return f"{where} is in use already: stop what uses it, or choose another port"
        case errno.EACCES:
            return f"{where} is not allowed for this user: choose a port of 1024 or higher"
        case number if number in _NOT_ON_THIS_MACHINE:
            return f"{host} is not an address of this machine"
        case _:
            return f"cannot listen on {where}: {exc.strerror}"
