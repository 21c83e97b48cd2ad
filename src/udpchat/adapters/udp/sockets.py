"""Bound UDP sockets, and the addresses of the peers that write to them.

Sources: RFC 768, RFC 3493, udp(7), ip(7), ipv6(7), socket(7).
"""

from __future__ import annotations

import errno
import socket
import struct
import sys
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv6Address
from typing import cast

import structlog

from udpchat.adapters.networks import network_of
from udpchat.domain.address import Network
from udpchat.domain.drop_reason import DropReason

MAX_PAYLOAD = 65_535  # bytes: the length field of a UDP header has 16 bits (RFC 768), so any datagram is taken whole
BUFFER = 4 << 20  # bytes asked for each way: some 5,000 short lines wait in it while a large fan-out is sent
NO_PORT = bytes(2)  # the source port of who wants no answer (RFC 768)
PORT_TRIES = 20  # a port that is free on the first address may be in use on the second; then another is tried
MAX_KNOWN = 1 << 16  # addresses whose two forms are remembered: each is small, and more ports than that no host has

_NOT_ON_THIS_MACHINE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
SO_MEMINFO = 55  # Linux uapi/asm-generic/socket.h; Python has no name for it
_MEMINFO = struct.Struct("=9I")  # uapi/linux/sock_diag.h: SK_MEMINFO_DROPS is the last
_IPV4 = struct.Struct("=H2s4s20xI")  # sockaddr_in, padded, and the listener
_IPV6 = struct.Struct("=H2sI16sII")  # sockaddr_in6, and the listener

SockAddr = tuple[str, int] | tuple[str, int, int, int]

log = structlog.get_logger(__name__)


class ListenError(Exception):
    """What was asked for cannot be listened on; the message is one sentence for the person who asked."""


class UdpAddress(bytes):
    """A peer, as one of our sockets sees it: 32 bytes, a `struct sockaddr` in 28 and that socket's place in 4.

    It is bytes and not a class with attributes so that the kernel takes it as it is: the addresses of a whole audience
    become the names of one system call by one join.
    """

    __slots__ = ()

    SIZE = _IPV6.size
    SOCKADDR_SIZE = SIZE - 4

    @property
    def listener(self) -> int:
        """The place of our socket among those that serve the room."""
        return int.from_bytes(self[self.SOCKADDR_SIZE :], sys.byteorder)

    @property
    def port(self) -> bytes:
        """The peer's port, in network byte order, which is at the same place in every family."""
        return self[2:4]

    @property
    def network(self) -> Network:
        """The network that the peer is in."""
        if int.from_bytes(self[:2], sys.byteorder) == socket.AF_INET:
            return network_of(self[4:8])
        return network_of(self[8:24])

    def __str__(self) -> str:
        return show(sockaddr_of(self))


@lru_cache(maxsize=MAX_KNOWN)
def address_of(sockaddr: SockAddr, listener: int) -> UdpAddress:
    """Return the address for what the `socket` module calls one, as seen from a listener."""
    port = sockaddr[1].to_bytes(2)
    if len(sockaddr) == 2:  # noqa: PLR2004 - host and port
        return UdpAddress(_IPV4.pack(socket.AF_INET, port, socket.inet_aton(sockaddr[0]), listener))
    host, _, flow, scope = sockaddr
    packed = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    return UdpAddress(_IPV6.pack(socket.AF_INET6, port, flow, packed, scope, listener))


@lru_cache(maxsize=MAX_KNOWN)
def sockaddr_of(address: UdpAddress) -> SockAddr:
    """Return the address as the `socket` module has it."""
    family, port, *_ = _IPV4.unpack(address)
    if family == socket.AF_INET:
        return socket.inet_ntoa(_IPV4.unpack(address)[2]), int.from_bytes(port)
    _, _, flow, host, scope, _ = _IPV6.unpack(address)
    return socket.inet_ntop(socket.AF_INET6, host), int.from_bytes(port), flow, scope


def own_port(sock: socket.socket) -> bytes:
    """Return the port that a socket is bound to, as `UdpAddress.port` has it."""
    return cast("int", sock.getsockname()[1]).to_bytes(2)


def unanswerable(address: UdpAddress, own: bytes) -> DropReason | None:
    """Return why a datagram that claims to come from `address` is not to be looked at, if that is so.

    `own` is our port: a datagram forged to come from ourselves would have the room talk to itself for ever.
    """
    if address.port == own and is_this_machine(address):
        return DropReason.OWN_ADDRESS
    return DropReason.NO_REPLY if address.port == NO_PORT else None


@lru_cache(maxsize=MAX_KNOWN)
def is_this_machine(address: UdpAddress) -> bool:
    """Say whether the address is one of this machine's own, which is one that can be bound."""
    host, _, *rest = sockaddr_of(address)
    with socket.socket(socket.AF_INET6 if rest else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, 0, *rest))
        except OSError:
            return False
        return True


def show(sockaddr: SockAddr) -> str:
    """Return `address:port`, an IPv6 address in brackets (RFC 3986 section 3.2.2), an IPv4-mapped one as IPv4."""
    host, port = sockaddr[:2]
    if ":" not in host:
        return f"{host}:{port}"
    mapped = IPv6Address(host).ipv4_mapped
    return f"{mapped}:{port}" if mapped else f"[{host}]:{port}"


def listen(host: str, port: int) -> list[socket.socket]:
    """Return bound sockets for every address that `host` resolves to, and for `localhost` on both 127.0.0.1 and ::1.

    `::` takes IPv4 too. Port 0 picks a free port, the same on every address. An address that this machine does not
    have is left out as long as there is another; anything else that fails raises `ListenError`.
    """
    addresses = _resolve(host)
    for _ in range(PORT_TRIES):
        try:
            return _bind_all(host, addresses, port)
        except OSError as exc:
            if port == 0 and exc.errno == errno.EADDRINUSE:
                continue
            raise ListenError(_refusal(exc, host, port)) from exc
    raise ListenError(f"no port is free on all of {', '.join(addresses)}")


def _resolve(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host.strip("[]") or ".", None, type=socket.SOCK_DGRAM)
    except (OSError, ValueError) as exc:
        raise ListenError(f"unknown host {host!r}: no address found for it") from exc
    resolved = [_text_of(cast("SockAddr", sockaddr)) for *_, sockaddr in found]
    loopbacks = ["127.0.0.1", "::1"] if host.lower() == "localhost" else []
    return sorted(dict.fromkeys([*resolved, *loopbacks]), key=lambda address: ":" in address)


def _text_of(sockaddr: SockAddr) -> str:
    """Return the address as text, with the scope that a link-local one needs (RFC 4007), an IPv4-mapped one as IPv4."""
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
        make_room(sock)
        sock.bind(sockaddr)
    except OSError:
        sock.close()
        raise
    return sock


def make_room(sock: socket.socket) -> None:
    """Ask for large buffers, of which the kernel grants what it may."""
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        sock.setsockopt(socket.SOL_SOCKET, option, BUFFER)


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


def lost_before_us(sock: socket.socket) -> int:
    """Return how many datagrams the kernel dropped because the receive buffer was full; 0 where it does not tell."""
    if sys.platform != "linux":
        return 0
    return cast("int", _MEMINFO.unpack(sock.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, _MEMINFO.size))[-1])


def small_buffers(bound: Iterable[socket.socket]) -> list[tuple[str, int]]:
    """Return which limits of the kernel made a buffer smaller than `BUFFER`, and its size in bytes.

    Linux keeps as much again for its own book-keeping and reports both (socket(7)), so half of what it reports counts
    there.
    """
    share = 2 if sys.platform == "linux" else 1
    options = (("net.core.rmem_max", socket.SO_RCVBUF), ("net.core.wmem_max", socket.SO_SNDBUF))
    sizes = [
        (name, min(sock.getsockopt(socket.SOL_SOCKET, option) // share for sock in bound)) for name, option in options
    ]
    return [(name, size) for name, size in sizes if size < BUFFER]
