"""Chat over the operating system's UDP sockets.

What it can not do: it does not learn that a peer is gone; a socket that listens on a wildcard address answers from
the address that the kernel picks, which need not be the one the peer wrote to. While the kernel's send buffer is full
what is to be sent waits here, for each client up to a bound.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Protocol, cast

import attrs
import structlog

from udpchat.adapters.sockets import MAX_PAYLOAD, UdpAddress, address_of, is_this_machine, own_port, show, sockaddr_of
from udpchat.domain.ports import Address, Datagram

MAX_WAITING = 64  # datagrams that wait for one client: 90 KB at the default size, half of what its receive buffer takes

log = structlog.get_logger(__name__)


class Calls(Protocol):
    """How datagrams pass between one bound socket and the kernel. No call waits."""

    def receive(self, limit: int) -> list[Datagram]:
        """Return at most `limit` of the datagrams that wait, without those that claim to come from ourselves.

        A forged one that did would have the room talk to itself for ever.
        """

    def bundles(self, datagrams: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
        """Return the datagrams in order, in bundles that `send` takes."""

    def send(self, bundle: Sequence[bytes], addresses: Sequence[UdpAddress]) -> int:
        """Send a bundle to each address in turn; return how many are done with, less than all if the buffer is full."""


@attrs.define(eq=False)
class PortableCalls:
    """One system call for each datagram, as the standard library has them."""

    sock: socket.socket
    listener: int
    own_port: bytes = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.own_port = own_port(self.sock)

    def receive(self, limit: int) -> list[Datagram]:
        """Call recvfrom(2) until nothing waits."""
        batch: list[Datagram] = []
        while len(batch) < limit:
            try:
                payload, sockaddr = self.sock.recvfrom(MAX_PAYLOAD, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            except OSError as exc:  # some systems report here that an earlier datagram could not be delivered
                log.debug("receive failed", error=exc.strerror)
                break
            address = address_of(sockaddr, self.listener)
            if address.port != self.own_port or not is_this_machine(address):
                batch.append(Datagram(payload, address))
        return batch

    def bundles(self, datagrams: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
        """Return each datagram by itself."""
        return ((payload,) for payload in datagrams)

    def send(self, bundle: Sequence[bytes], addresses: Sequence[UdpAddress]) -> int:
        """Call sendto(2) for each address."""
        (payload,) = bundle
        for done, address in enumerate(addresses):
            try:
                self.sock.sendto(payload, socket.MSG_DONTWAIT, sockaddr_of(address))
            except BlockingIOError:
                return done
            except OSError as exc:
                log.debug("send failed", address=str(address), error=exc.strerror)
        return len(addresses)


@attrs.define(eq=False)
class UdpTransport:
    """A `Transport` over one or more bound sockets, which serve one room.

    `calls` are those of each socket, in order. `dropped` counts the datagrams that were given up because too many
    waited for their client.
    """

    sockets: Sequence[socket.socket]
    calls: Sequence[Calls]
    dropped: int = attrs.field(default=0, init=False)
    _waiting: Sequence[dict[UdpAddress, deque[bytes]]] = attrs.field(init=False)
    _audience: Sequence[Address] = attrs.field(default=(), init=False)
    _shares: list[tuple[int, Sequence[UdpAddress]]] = attrs.field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self._waiting = [{} for _ in self.sockets]

    def listening(self) -> list[str]:
        """Return where each socket listens, as `address:port`."""
        return [show(sock.getsockname()) for sock in self.sockets]

    @property
    def port(self) -> int:
        """The port, the same on every socket."""
        return cast("int", self.sockets[0].getsockname()[1])

    def receive(self, limit: int) -> list[Datagram]:
        """Return at most `limit` of the datagrams that wait on all sockets, a fair share of each."""
        share = max(1, limit // len(self.calls))  # or a flood on one socket would starve the others
        batch: list[Datagram] = []
        for calls in self.calls:
            batch += calls.receive(min(share, limit - len(batch)))
        return batch

    def send(self, datagrams: Sequence[bytes], addresses: Sequence[Address]) -> None:
        """Send each datagram to each address, after what waits for it; raise ValueError where one is empty."""
        if not all(datagrams):
            raise ValueError("an empty datagram must never be sent")
        if addresses is not self._audience:
            self._audience, self._shares = addresses, self._share_out(cast("Sequence[UdpAddress]", addresses))
        for listener, theirs in self._shares:
            calls = self.calls[listener]
            for bundle in calls.bundles(datagrams):
                done = 0 if self._waiting[listener] else calls.send(bundle, theirs)
                if done < len(theirs):
                    self._wait(listener, bundle, theirs[done:])

    def _share_out(self, addresses: Sequence[UdpAddress]) -> list[tuple[int, Sequence[UdpAddress]]]:
        """Return which listener sends to whom."""
        shares: dict[int, list[UdpAddress]] = {}
        for address in addresses:
            shares.setdefault(address.listener, []).append(address)
        return list(shares.items())

    def _wait(self, listener: int, datagrams: Sequence[bytes], addresses: Iterable[UdpAddress]) -> None:
        """Keep datagrams until the kernel takes more; each client's oldest go when it has too many."""
        for address in addresses:
            queue = self._waiting[listener].setdefault(address, deque(maxlen=MAX_WAITING))
            self.dropped += max(0, len(queue) + len(datagrams) - MAX_WAITING)
            queue.extend(datagrams)

    def blocked(self) -> list[socket.socket]:
        """Return the sockets with datagrams that wait until they are writable; `flush` is then to be called."""
        return [sock for sock, waiting in zip(self.sockets, self._waiting, strict=True) if waiting]

    def flush(self, sock: socket.socket) -> bool:
        """Send what waits for `sock`, as far as the kernel takes it; return whether nothing waits any more."""
        listener = self.sockets.index(sock)
        waiting, calls = self._waiting[listener], self.calls[listener]
        for address in list(waiting):
            queue = waiting[address]
            while queue:
                if not calls.send((queue[0],), (address,)):
                    return False
                queue.popleft()
            del waiting[address]
        return True

    def close(self) -> None:
        """Close every socket."""
        for sock in self.sockets:
            sock.close()
