"""Chat over the operating system's UDP sockets, with the standard library alone.

What it can not do: it sends one datagram in one system call; it does not learn that a peer is gone; a socket that
listens on a wildcard address answers from the address that the kernel picks, which need not be the one the peer wrote
to. A send waits while the kernel's send buffer is full, so that nothing is lost on this side.

Sources: RFC 768, RFC 3493, udp(7), ip(7), ipv6(7).
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv6Address
from typing import cast

import attrs
import structlog

from udpchat.domain.ports import Address, Datagram

MAX_PAYLOAD = 65_535  # bytes: the length field of a UDP header has 16 bits (RFC 768), so any datagram is taken whole
PORT_TRIES = 20  # a port that is free on the first address may be in use on the second; then another is tried

_NOT_ON_THIS_MACHINE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}

log = structlog.get_logger(__name__)

SockAddr = tuple[str, int] | tuple[str, int, int, int]


class ListenError(Exception):
    """What was asked for cannot be listened on; the message is one sentence for the person who asked."""


@attrs.frozen
class UdpAddress:
    """A peer as one of our sockets sees it: `listener` is that socket's place, `sockaddr` is as in `socket`."""

    listener: int
    sockaddr: SockAddr

    def __str__(self) -> str:
        return show(self.sockaddr)


def show(sockaddr: SockAddr) -> str:
    """Return `address:port`, an IPv6 address in brackets (RFC 3986 section 3.2.2), an IPv4-mapped one as IPv4."""
    host, port = sockaddr[:2]
    if ":" not in host:
        return f"{host}:{port}"
    mapped = IPv6Address(host).ipv4_mapped
    return f"{mapped}:{port}" if mapped else f"[{host}]:{port}"


@attrs.define(eq=False)
class UdpTransport:
    """A `Transport` over one or more bound sockets, which serve one room."""

    sockets: Sequence[socket.socket]

    def listening(self) -> list[str]:
        """Return where each socket listens, as `address:port`."""
        return [show(sock.getsockname()) for sock in self.sockets]

    @property
    def port(self) -> int:
        """The port, the same on every socket."""
        return cast("int", self.sockets[0].getsockname()[1])

    def receive(self, limit: int) -> list[Datagram]:
        """Return at most `limit` of the datagrams that wait on all sockets."""
        batch: list[Datagram] = []
        share = max(1, limit // len(self.sockets))  # or a flood on one socket would starve the others
        for listener, sock in enumerate(self.sockets):
            for _ in range(min(share, limit - len(batch))):
                try:
                    payload, sockaddr = sock.recvfrom(MAX_PAYLOAD, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    break
                except OSError as exc:  # some systems report here that an earlier datagram could not be delivered
                    log.debug("receive failed", error=exc.strerror)
                    break
                batch.append(Datagram(payload, UdpAddress(listener, sockaddr)))
        return batch

    def send(self, payload: bytes, addresses: Sequence[Address]) -> None:
        """Send one datagram to each address; raise ValueError where `payload` is empty."""
        if not payload:
            raise ValueError("an empty datagram must never be sent")
        for address in cast("Sequence[UdpAddress]", addresses):
            try:
                self.sockets[address.listener].sendto(payload, address.sockaddr)
            except OSError as exc:
                log.debug("send failed", address=str(address), error=exc.strerror)

    def close(self) -> None:
        """Close every socket."""
        for sock in self.sockets:
            sock.close()


def listen(host: str, port: int) -> UdpTransport:
    """Listen on every address that `host` resolves to, and for `localhost` on both 127.0.0.1 and ::1.

    `::` takes IPv4 too. Port 0 picks a free port, the same on every address. An address that this machine does not
    have is left out as long as there is another; anything else that fails raises `ListenError`.
    """
    addresses = _resolve(host)
    for _ in range(PORT_TRIES):
        try:
            return UdpTransport(_bind_all(host, addresses, port))
        except OSError as exc:
            if port == 0 and exc.errno == errno.EADDRINUSE:
                continue
            raise ListenError(_refusal(exc, host, port)) from exc
    raise ListenError(f"no port is free on all of {', '.join(addresses)}")


def _resolve(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except (OSError, ValueError) as exc:
        raise ListenError(f"unknown host {host}: no address found for it") from exc
    resolved = [cast("str", sockaddr[0]) for *_, sockaddr in found]
    loopbacks = ["127.0.0.1", "::1"] if host == "localhost" else []
    return sorted(dict.fromkeys([*resolved, *loopbacks]), key=lambda address: ":" in address)


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
        case errno.EADDRNOTAVAIL | errno.EAFNOSUPPORT:
            return f"{host} is not an address of this machine"
        case _:
            return f"cannot listen on {where}: {exc.strerror}"
