"""Datagrams that wait while the kernel's send buffer of a socket is full.

Each client has a queue of its own, so a slow link costs only its own users lines.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import attrs

from udpchat.adapters.udp.address import UdpAddress
from udpchat.adapters.udp.return_paths import ReturnPaths
from udpchat.adapters.udp.sockets.datagram_socket import DatagramSocket, Route
from udpchat.domain.drop_reason import DropCounts, DropReason

MAX_WAITING = 64  # datagrams for one client: 90 KB at the default size, half of what a receive buffer holds
MAX_WAITING_CLIENTS = 1 << 14  # more than a room has by default; datagrams for further clients are dropped
MAX_FLUSHED = 20_000  # datagrams sent at once: some 40 ms


@attrs.define(eq=False)
class SendQueue:
    """The datagrams that wait for one socket, oldest first for each client. `waiting` is empty if there are none."""

    drops: DropCounts
    lost: dict[UdpAddress, int] = attrs.field(factory=dict, init=False)  # lines that waited when the first was dropped
    waiting: dict[UdpAddress, deque[bytes]] = attrs.field(factory=dict, init=False)

    def __len__(self) -> int:
        return sum(map(len, self.waiting.values()))

    def append(self, datagrams: Sequence[bytes], addresses: Iterable[UdpAddress]) -> None:
        """Keep datagrams for each address; drop the oldest of a client that has too many."""
        for address in addresses:
            if address not in self.waiting and len(self.waiting) >= MAX_WAITING_CLIENTS:
                self.drops[DropReason.SEND_BUFFER] += len(datagrams)
                self.lost.setdefault(address, 0)
                continue
            queue = self.waiting.setdefault(address, deque(maxlen=MAX_WAITING))
            if (over := len(queue) + len(datagrams) - MAX_WAITING) > 0:
                self.drops[DropReason.SEND_BUFFER] += over
                if address not in self.lost:
                    self.lost[address] = sum(payload.count(b"\n") for payload in (*queue, *datagrams))
            queue.extend(datagrams)

    def flush(self, calls: DatagramSocket, paths: ReturnPaths) -> bool:
        """Send until the kernel takes no more, up to a bound; return whether the queue is empty now."""
        left = MAX_FLUSHED
        for address in list(self.waiting):
            queue = self.waiting[address]
            route = Route(address.listener, paths.of(address), (address,))
            while queue:
                if not left or not calls.send((queue[0],), route, 0, 1):
                    return False
                queue.popleft()
                left -= 1
            del self.waiting[address]
        return True

    def forget(self, address: UdpAddress) -> None:
        """Drop the datagrams for an address."""
        self.drops[DropReason.FORGOTTEN] += len(self.waiting.pop(address, ()))
