"""The carrier over the operating system's UDP sockets.

Limits: on other systems than Linux it does not notice that a peer is gone, and a socket that is bound to a wildcard
address replies from the address that the kernel picks.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import cast

import attrs

from udpchat.adapters.udp.address import UdpAddress, address_of, show
from udpchat.adapters.udp.address_codec import UdpAddressCodec
from udpchat.adapters.udp.audience_cache import AudienceCache
from udpchat.adapters.udp.recent_sends import RecentSends
from udpchat.adapters.udp.return_paths import ReturnPaths
from udpchat.adapters.udp.send_queue import SendQueue
from udpchat.adapters.udp.sockets.buffers import receive_drops
from udpchat.adapters.udp.sockets.datagram_socket import DatagramSocket
from udpchat.domain.address import Address
from udpchat.domain.datagram import Bounce, Datagram
from udpchat.domain.drop_reason import DropCounts, DropReason
from udpchat.domain.ports.carrier import Socket


@attrs.define(eq=False)
class UdpCarrier:
    """A `Carrier` over one or more bound sockets.

    `calls` has a `DatagramSocket` for each of `sockets`, in the same order. All of them have the same `paths`.
    """

    sockets: Sequence[socket.socket]
    calls: Sequence[DatagramSocket]
    drops: DropCounts = attrs.field(factory=DropCounts)
    _paths: ReturnPaths = attrs.field(init=False)
    _queues: Sequence[SendQueue] = attrs.field(init=False)
    _audiences: AudienceCache = attrs.field(init=False)
    _sent: RecentSends = attrs.field(factory=RecentSends, init=False)
    _received: list[int] = attrs.field(factory=list, init=False)  # datagrams of each socket in the last `receive`

    name = UdpAddress.carrier
    due = None  # a socket is readable for all that comes

    def __attrs_post_init__(self) -> None:
        self._paths = self.calls[0].paths
        self._queues = [SendQueue(self.drops) for _ in self.sockets]
        self._audiences = AudienceCache(self._paths)

    @property
    def sources(self) -> Sequence[tuple[socket.socket, DatagramSocket]]:
        """Each socket, with what to receive from when it is readable."""
        return list(zip(self.sockets, self.calls, strict=True))

    def listening(self) -> list[str]:
        """Return where each socket listens, as `address:port`."""
        return [show(sock.getsockname()) for sock in self.sockets]

    @property
    def here(self) -> UdpAddress:
        """The address of the first socket."""
        return address_of(self.sockets[0].getsockname(), 0)

    @property
    def address_codec(self) -> UdpAddressCodec:
        """How a journal stores the peers of these sockets."""
        return UdpAddressCodec(self.sockets, self._paths)

    @property
    def port(self) -> int:
        """The port, the same on every socket."""
        return cast("int", self.sockets[0].getsockname()[1])

    def receive(self, limit: int) -> list[Datagram]:
        """Return at most `limit` of the datagrams that wait on all sockets, a fair share of each."""
        share = max(1, limit // len(self.calls))  # a flood on one socket must not starve the others
        batch: list[Datagram] = []
        self._received.clear()
        for calls in self.calls:
            part = calls.receive(min(share, limit - len(batch)))
            self._received.append(len(part))
            batch += part
        return batch

    def ages(self, most: float) -> Sequence[float]:
        """Return the ages that the sockets report, in the order of `receive`."""
        parts = [calls.ages(most) or [0.0] * number for calls, number in zip(self.calls, self._received, strict=True)]
        return [age for part in parts for age in part]

    def send(self, datagrams: Sequence[bytes], addresses: Sequence[Address], but: Collection[Address] = ()) -> None:
        """Send each datagram to each address that is not in `but`, after the datagrams that wait for it."""
        if not all(datagrams):
            raise ValueError("an empty datagram must never be sent")
        self._sent.remember(datagrams, addresses, but)
        for route in self._audiences.routes(addresses):
            calls, queue = self.calls[route.listener], self._queues[route.listener]
            ranges = route.ranges(but)
            for bundle in calls.bundles(datagrams):
                for start, end in ranges:
                    done = start if queue.waiting else calls.send(bundle, route, start, end)
                    if done < end:
                        queue.append(bundle, route.addresses[done:end])

    def blocked(self) -> list[socket.socket]:
        """Return the sockets whose datagrams wait; `flush` must be called when one is writable."""
        return [self.sockets[place] for place, queue in enumerate(self._queues) if queue.waiting]

    def flush(self, sock: Socket) -> bool:
        """Send what waits for `sock` until the kernel takes no more, up to a bound; return whether all was sent."""
        place = self.sockets.index(cast("socket.socket", sock))
        return self._queues[place].flush(self.calls[place], self._paths)

    def flush_all(self, seconds: float) -> None:
        """Send the datagrams that wait, within this time at most; count the rest, because the server ends."""
        end = time.monotonic() + seconds
        while (blocked := self.blocked()) and (left := end - time.monotonic()) > 0:
            _, writable, _ = select.select([], blocked, [], left)
            for sock in writable:
                self.flush(sock)
        self.drops[DropReason.UNSENT] += sum(map(len, self._queues))

    def look_for_errors(self) -> None:
        """Read all error queues, if a socket is readable but has no datagrams."""
        for calls in self.calls:
            calls.errors.drain()

    @property
    def reported(self) -> bool:
        """Whether `bounces` returns something now. Its reports were read already, so no socket is readable for them."""
        return any(calls.errors.waiting for calls in self.calls)

    def bounces(self) -> Sequence[Bounce]:
        """Return the datagrams that came back since the last call, as far as they are remembered."""
        bounces: Sequence[Bounce] = ()
        for calls in self.calls:
            if calls.errors.waiting:
                bounces = [*bounces, *self._sent.bounces(calls.errors.waiting)]
                calls.errors.waiting = []
        return bounces

    def undelivered(self) -> dict[Address, int]:
        """Return the addresses for which a queue was full or the kernel refused a datagram, with what waited."""
        found: dict[Address, int] = {}
        for lost in (*(calls.lost for calls in self.calls), *(queue.lost for queue in self._queues)):
            for address, lines in lost.items():
                found[address] = max(lines, found.get(address, 0))
            lost.clear()
        return found

    def forget(self, addresses: Iterable[Address]) -> None:
        """Drop the paths to these addresses, and the datagrams that wait for them."""
        for address in cast("Iterable[UdpAddress]", addresses):
            self._queues[address.listener].forget(address)
            self._paths.forget((address,))

    def end(self, addresses: Iterable[Address]) -> None:
        """Do nothing: there are no connections."""

    def tick(self, is_member: Callable[[Address], bool]) -> None:
        """Do nothing: there are no connections."""

    def count_lost(self) -> None:
        """Update the count of the datagrams that the kernel dropped before they were received."""
        self.drops[DropReason.RECEIVE_BUFFER] = sum(map(receive_drops, self.sockets))

    def close(self) -> None:
        """Close every socket."""
        for sock in self.sockets:
            sock.close()
