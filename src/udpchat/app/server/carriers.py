"""The carriers of a server, made from its settings: UDP, and TCP on the same port."""

from __future__ import annotations

import resource
import socket
from collections.abc import Sequence
from functools import partial

import attrs
import structlog

from udpchat.adapters import systemd as activation
from udpchat.adapters.tcp.address import WebSocketAddress
from udpchat.adapters.tcp.carrier import TcpCarrier
from udpchat.adapters.tcp.census import CONNECTIONS_PER_CLIENT, SPARE, Census
from udpchat.adapters.tcp.entrance import Entrance
from udpchat.adapters.tcp.listener import Listener, listen_beside, prepare
from udpchat.adapters.tcp.protocols.protocol import HttpFactory
from udpchat.adapters.tcp.protocols.speakers import Speakers
from udpchat.adapters.tcp.sibling import SiblingCarrier
from udpchat.adapters.udp.address import UdpAddress
from udpchat.adapters.udp.carrier import UdpCarrier
from udpchat.adapters.udp.return_paths import ReturnPaths
from udpchat.adapters.udp.sockets import buffers
from udpchat.adapters.udp.sockets import system_calls as sendmmsg
from udpchat.adapters.udp.sockets.batch_socket import BatchSocket
from udpchat.adapters.udp.sockets.datagram_socket import DatagramSocket
from udpchat.adapters.udp.sockets.listen import PORT_TRIES, ListenError, listen
from udpchat.adapters.udp.sockets.portable_socket import PortableSocket
from udpchat.adapters.websocket.proxies import Proxies, read_networks
from udpchat.app.logs.bugs import Bugs
from udpchat.app.server.web import http_for
from udpchat.app.settings import FanOut, Settings
from udpchat.domain.drop_reason import DropCounts
from udpchat.domain.ports.carrier import SocketCarrier

log = structlog.get_logger(__name__)


@attrs.frozen
class Carriers:
    """What a server listens with. `tcp` is None if it listens for UDP alone, `web` if it has no page."""

    udp: UdpCarrier
    tcp: TcpCarrier | None = None
    web: SiblingCarrier | None = None

    @property
    def all(self) -> Sequence[SocketCarrier]:
        """Every carrier."""
        carriers: tuple[SocketCarrier | None, ...] = (self.udp, self.tcp, self.web)
        return [each for each in carriers if each is not None]

    @property
    def here(self) -> UdpAddress:
        """The address by which a journal knows the server."""
        return self.udp.here

    def flush_all(self, seconds: float) -> None:
        """Send what waits, within this time."""
        self.udp.flush_all(seconds)

    def close(self, seconds: float) -> None:
        """End all connections with a sentence, which they may take in this time, and close all sockets."""
        if self.tcp is not None:
            self.tcp.end_all(seconds)
            self.tcp.close()
        self.udp.close()


def open_carriers(settings: Settings, drops: DropCounts) -> Carriers:
    """Listen at the host and port of the settings, or on the sockets of a supervisor. Raise `ListenError`.

    For port 0, the port is free for both.
    """
    handed = activation.handed_over()
    datagrams = [sock for sock in handed if sock.type == socket.SOCK_DGRAM]
    streams = [sock for sock in handed if sock.type == socket.SOCK_STREAM]
    if handed:
        log.info("the supervisor provides the sockets; --host and PORT are ignored")
    if handed and not datagrams:
        raise ListenError("the supervisor provides no UDP socket: add ListenDatagram")
    if settings.tcp == "no":
        for sock in streams:
            sock.close()
        return Carriers(udp_carrier(settings, datagrams or listen(settings.host, settings.port), drops))
    for sock in streams:
        prepare(sock)
    if not streams:
        datagrams, streams = _listen_for_both(settings, datagrams)
    udp = udp_carrier(settings, datagrams, drops)
    if not streams:
        return Carriers(udp)
    http = http_for(settings, streams)
    tcp = tcp_carrier(settings, streams, http)
    return Carriers(udp, tcp, SiblingCarrier(WebSocketAddress.carrier, tcp) if http else None)


def _listen_for_both(
    settings: Settings, given: Sequence[socket.socket]
) -> tuple[list[socket.socket], list[socket.socket]]:
    """Return sockets for UDP, and for TCP at the same addresses; none for TCP if something else has the port."""
    for left in reversed(range(PORT_TRIES)):
        bound = list(given) or listen(settings.host, settings.port)
        try:
            return bound, listen_beside(bound)
        except OSError as exc:
            if left and not given and settings.port == 0:
                for sock in bound:
                    sock.close()
                continue
            port = bound[0].getsockname()[1]
            remedy = "stop what uses it, or use --tcp no"
            log.warning("cannot listen for TCP, UDP alone", port=port, error=exc.strerror, remedy=remedy)
            return bound, []
    raise AssertionError  # the last round returns


def udp_carrier(settings: Settings, bound: Sequence[socket.socket], drops: DropCounts) -> UdpCarrier:
    """Return the carrier over these bound sockets."""
    for limit, granted in buffers.small_buffers(bound):
        remedy = f"sysctl {limit}={buffers.BUFFER}"
        log.warning("small buffer, lines may be lost in a burst", bytes=granted, remedy=remedy)
    return UdpCarrier(bound, datagram_sockets(settings.fan_out, bound, drops), drops)


def datagram_sockets(fan_out: FanOut, bound: Sequence[socket.socket], drops: DropCounts) -> list[DatagramSocket]:
    """Wrap each socket: with batch system calls if `fan_out` is "auto" and the kernel has them, else without."""
    batch, paths = sendmmsg.load(), ReturnPaths()
    if fan_out == "auto" and batch and sendmmsg.supported(batch, bound[0]):
        segments = sendmmsg.cuts_segments(bound[0])
        return [BatchSocket(sock, listener, batch, segments, paths, drops) for listener, sock in enumerate(bound)]
    if fan_out == "auto":
        log.warning("no sendmmsg on this system, a large room is slower: each line is sent to each client by itself")
    return [PortableSocket(sock, listener, paths, drops) for listener, sock in enumerate(bound)]


def tcp_carrier(settings: Settings, streams: Sequence[socket.socket], http: HttpFactory | None = None) -> TcpCarrier:
    """Return the carrier over these listening sockets."""
    most = _allowed_files(2 * settings.max_clients + SPARE) - SPARE
    proxies = Proxies(read_networks(settings.trusted_proxies))
    census = Census(max(1, most), CONNECTIONS_PER_CLIENT * settings.max_clients_per_prefix, proxies)
    speakers = Speakers(settings.max_line, http)
    return TcpCarrier(Entrance(Listener(streams), census, speakers), partial(Bugs().log, secret=True))


def _allowed_files(wanted: int) -> int:
    """Allow this process so many open files, as far as it may, and return how many it may have then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if most > soft:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        except (OSError, ValueError):  # a sandbox forbids it
            return soft
    return most
