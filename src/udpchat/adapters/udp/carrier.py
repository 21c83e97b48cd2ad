"""Chat over the operating system's UDP sockets.

What it can not do: on other systems than Linux it does not learn that a peer is gone, and a socket that listens on a
wildcard address answers from the address that the kernel picks. While the kernel's send buffer is full what is to be
sent waits here, for each client up to a bound.
"""

from __future__ import annotations

import errno
import select
import socket
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Protocol, cast

import attrs
import structlog

from udpchat.adapters.udp import return_paths as ways
from udpchat.adapters.udp.address_codec import UdpAddressCodec
from udpchat.adapters.udp.error_queue import ErrorQueue
from udpchat.adapters.udp.recent_sends import RecentSends
from udpchat.adapters.udp.return_paths import ReturnPaths
from udpchat.adapters.udp.sockets import (
    MAX_PAYLOAD,
    UdpAddress,
    address_of,
    lost_before_us,
    own_port,
    show,
    sockaddr_of,
    unanswerable,
)
from udpchat.domain.address import Address
from udpchat.domain.datagram import Bounce, Datagram
from udpchat.domain.drop_reason import DropCounts, DropReason

MAX_WAITING = 64  # datagrams that wait for one client: 90 KB at the default size, half of what its receive buffer takes
MAX_WAITING_CLIENTS = 1 << 14  # more than a room has by default; a datagram that came for one more is given up
SEND_TRIES = 4  # of one datagram, while reports about others keep coming in between

log = structlog.get_logger(__name__)


class DatagramSocket(Protocol):
    """How datagrams pass between one bound socket and the kernel. No call waits."""

    errors: ErrorQueue
    paths: ReturnPaths

    def receive(self, limit: int) -> list[Datagram]:
        """Return at most `limit` of the datagrams that wait, without those that are `sockets.unanswerable`."""

    def bundles(self, datagrams: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
        """Return the datagrams in order, in bundles that `send` takes."""

    def send(self, bundle: Sequence[bytes], addresses: Sequence[UdpAddress], path: bytes) -> int:
        """Send a bundle to each address in turn, by the path of all of them, as `ReturnPaths` has it.

        Return how many are done with, less than all if the buffer is full.
        """


@attrs.define(eq=False)
class PortableSocket:
    """One system call for each datagram, as the standard library has them."""

    sock: socket.socket
    listener: int
    paths: ReturnPaths = attrs.field(factory=ReturnPaths)
    drops: DropCounts = attrs.field(factory=DropCounts)
    errors: ErrorQueue = attrs.field(init=False)
    _own_port: bytes = attrs.field(init=False)
    _control: int = attrs.field(init=False)  # bytes of room for the record of how a datagram came

    def __attrs_post_init__(self) -> None:
        self.errors = ErrorQueue(self.sock, self.listener)
        self._own_port = own_port(self.sock)
        self._control = socket.CMSG_SPACE(ways.SIZE[self.sock.family]) if ways.asks_for(self.sock) else 0

    def receive(self, limit: int) -> list[Datagram]:
        """Call recvmsg(2) until nothing waits."""
        batch: list[Datagram] = []
        tries = SEND_TRIES
        while len(batch) < limit:
            try:
                payload, control, _, sockaddr = self.sock.recvmsg(MAX_PAYLOAD, self._control, socket.MSG_DONTWAIT)
            except BlockingIOError:
                break
            except OSError as exc:  # it is about a datagram that was sent, and hides one that came
                log.debug("receive failed", error=exc.strerror)
                self.errors.drain()
                tries -= 1
                if tries:
                    continue
                break
            address = address_of(sockaddr, self.listener)
            if reason := unanswerable(address, self._own_port):
                self.drops[reason] += 1
                continue
            for _, _, path in control:
                self.paths.learn(address, ways.answerable(path))
            batch.append(Datagram(payload, address))
        return batch

    def bundles(self, datagrams: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
        """Return each datagram by itself."""
        return ((payload,) for payload in datagrams)

    def send(self, bundle: Sequence[bytes], addresses: Sequence[UdpAddress], path: bytes) -> int:
        """Call sendmsg(2) for each address."""
        (payload,) = bundle
        for done, address in enumerate(addresses):
            try:
                send_one(self.sock, payload, address, path)
            except BlockingIOError:
                return done
            except OSError:
                if not send_again(self.errors, payload, address, path):
                    self.drops[DropReason.SEND_FAILED] += 1
        return len(addresses)


def send_one(sock: socket.socket, payload: bytes, address: UdpAddress, path: bytes) -> None:
    """Send a datagram by a path; raise OSError."""
    control = [(*ways.KIND[sock.family], path)] if path else []
    sock.sendmsg([payload], control, socket.MSG_DONTWAIT, sockaddr_of(address))


def send_again(errors: ErrorQueue, payload: bytes, address: UdpAddress, path: bytes) -> bool:
    """Send what could not be sent, once the reports about others are out of the way; return whether that worked.

    The last try leaves the path to the kernel: the address may be ours no more.
    """
    for left in range(SEND_TRIES, 0, -1):
        errors.drain()
        try:
            send_one(errors.sock, payload, address, path if left > 1 else b"")
        except OSError as exc:
            reason = exc
            if exc.errno == errno.ENOBUFS:  # the link's own queue is full, and stays so for now
                break
        else:
            return True
    log.debug("dropped", sender=str(address), reason=DropReason.SEND_FAILED.value, error=reason.strerror)
    return False


@attrs.define(eq=False)
class UdpCarrier:
    """A `Carrier` over one or more bound sockets, which serve one room.

    `calls` are those of each socket, in order, which share their `paths`.
    """

    sockets: Sequence[socket.socket]
    calls: Sequence[DatagramSocket]
    drops: DropCounts = attrs.field(factory=DropCounts)
    _paths: ReturnPaths = attrs.field(init=False)
    _waiting: Sequence[dict[UdpAddress, deque[bytes]]] = attrs.field(init=False)
    _audience: Sequence[Address] = attrs.field(default=(), init=False)
    _version: int = attrs.field(default=0, init=False)
    _shares: list[tuple[int, bytes, Sequence[UdpAddress]]] = attrs.field(factory=list, init=False)
    _sent: RecentSends = attrs.field(factory=RecentSends, init=False)

    def __attrs_post_init__(self) -> None:
        self._paths = self.calls[0].paths
        self._waiting = [{} for _ in self.sockets]

    def listening(self) -> list[str]:
        """Return where each socket listens, as `address:port`."""
        return [show(sock.getsockname()) for sock in self.sockets]

    @property
    def here(self) -> UdpAddress:
        """The address of the first socket."""
        return address_of(self.sockets[0].getsockname(), 0)

    @property
    def address_codec(self) -> UdpAddressCodec:
        """How a journal keeps the peers of these sockets."""
        return UdpAddressCodec(self.sockets, self._paths)

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
        if addresses is not self._audience or self._version != self._paths.version:
            self._audience, self._version = addresses, self._paths.version
            self._shares = self._share_out(cast("Sequence[UdpAddress]", addresses))
        self._sent.remember(datagrams, addresses)
        for listener, path, theirs in self._shares:
            calls = self.calls[listener]
            for bundle in calls.bundles(datagrams):
                done = 0 if self._waiting[listener] else calls.send(bundle, theirs, path)
                if done < len(theirs):
                    self._wait(listener, bundle, theirs[done:])

    def _share_out(self, addresses: Sequence[UdpAddress]) -> list[tuple[int, bytes, Sequence[UdpAddress]]]:
        """Return which listener sends to whom by which path."""
        shares: dict[tuple[int, bytes], list[UdpAddress]] = {}
        for address in addresses:
            shares.setdefault((address.listener, self._paths.of(address)), []).append(address)
        return [(listener, path, theirs) for (listener, path), theirs in shares.items()]

    def _wait(self, listener: int, datagrams: Sequence[bytes], addresses: Iterable[UdpAddress]) -> None:
        """Keep datagrams until the kernel takes more; each client's oldest go when it has too many."""
        waiting = self._waiting[listener]
        for address in addresses:
            if address not in waiting and len(waiting) >= MAX_WAITING_CLIENTS:
                self.drops[DropReason.SEND_BUFFER] += len(datagrams)
                continue
            queue = waiting.setdefault(address, deque(maxlen=MAX_WAITING))
            if (over := len(queue) + len(datagrams) - MAX_WAITING) > 0:
                self.drops[DropReason.SEND_BUFFER] += over
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
                if not calls.send((queue[0],), (address,), self._paths.of(address)):
                    return False
                queue.popleft()
            del waiting[address]
        return True

    def flush_all(self, seconds: float) -> None:
        """Send what waits, for which the kernel is waited so long at most; count what is left, as that is the end."""
        end = time.monotonic() + seconds
        while (blocked := self.blocked()) and (left := end - time.monotonic()) > 0:
            _, writable, _ = select.select([], blocked, [], left)
            for sock in writable:
                self.flush(sock)
        self.drops[DropReason.UNSENT] += sum(len(queue) for waiting in self._waiting for queue in waiting.values())

    def look_for_errors(self) -> None:
        """Read all error queues: for a socket that is readable and has nothing to read."""
        for calls in self.calls:
            calls.errors.drain()

    @property
    def reported(self) -> bool:
        """Whether there are bounces to be asked for, of which no socket will tell any more."""
        return any(calls.errors.waiting for calls in self.calls)

    def bounces(self) -> Sequence[Bounce]:
        """Return what came back since the last call, with what is still known of it."""
        bounces: Sequence[Bounce] = ()
        for calls in self.calls:
            if calls.errors.waiting:
                bounces = [*bounces, *self._sent.bounces(calls.errors.waiting)]
                calls.errors.waiting = []
        return bounces

    def forget(self, addresses: Iterable[Address]) -> None:
        """Keep no path to these addresses, and nothing that waits for them."""
        for address in cast("Iterable[UdpAddress]", addresses):
            self.drops[DropReason.FORGOTTEN] += len(self._waiting[address.listener].pop(address, ()))
            self._paths.forget((address,))

    def count_lost(self) -> None:
        """Bring the count of the datagrams that the kernel dropped before we saw them up to date."""
        self.drops[DropReason.RECEIVE_BUFFER] = sum(lost_before_us(sock) for sock in self.sockets)

    def close(self) -> None:
        """Close every socket."""
        for sock in self.sockets:
            sock.close()
