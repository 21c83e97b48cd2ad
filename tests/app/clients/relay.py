"""A relay on loopback that loses datagrams, in both directions."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import attrs


@attrs.define(eq=False)
class Relay:
    """Carries datagrams between one client and a server, and loses the part `loss` of them, as `random` says.

    `lost` counts those that it lost.
    """

    server: socket.socket  # connected to the server
    front: socket.socket
    random: Random
    loss: float = 0.0  # may change at any time
    lost: int = attrs.field(default=0, init=False)

    @property
    def port(self) -> int:
        """Where the client writes to."""
        return int(self.front.getsockname()[1])

    def run(self, end: socket.socket) -> None:
        """Carry datagrams until something comes from `end`."""
        client: tuple[str, int] | None = None
        with selectors.DefaultSelector() as selector:
            for each in (self.server, self.front, end):
                selector.register(each, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if end in ready:
                    return
                if self.front in ready:
                    payload, client = self.front.recvfrom(65_536)
                    if not self._loses():
                        self.server.send(payload)
                if self.server in ready:
                    payload = self.server.recv(65_536)
                    if client is not None and not self._loses():
                        self.front.sendto(payload, client)

    def _loses(self) -> bool:
        """Return whether the next datagram is lost."""
        is_lost = self.random.random() < self.loss
        self.lost += is_lost
        return is_lost


@contextmanager
def relaying(port: int, seed: int) -> Iterator[Relay]:
    """Run a relay to a server on loopback, which loses nothing yet."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as front,
    ):
        server.connect(("127.0.0.1", port))
        front.bind(("127.0.0.1", 0))
        relay = Relay(server, front, Random(seed))  # noqa: S311 - to be repeated
        ours, theirs = socket.socketpair()
        thread = threading.Thread(target=relay.run, args=(theirs,), daemon=True)
        thread.start()
        try:
            yield relay
        finally:
            ours.send(b"x")
            thread.join(timeout=30)
            ours.close()
            theirs.close()
