"""The portable socket, with a kernel that fails."""

from __future__ import annotations

import errno
import socket
from typing import Any

import structlog

from tests.adapters.udp.kernel import ONE, THREE, TWO
from udpchat.adapters.udp.sockets.datagram_socket import Route
from udpchat.adapters.udp.sockets.portable_socket import MAX_TRIES, PortableSocket
from udpchat.domain.drop_reason import DropReason

ROUTE = Route(0, b"", (ONE, TWO, THREE))


class Full(socket.socket):
    """A socket with a list of error numbers: each send takes the next one, and 0 is success."""

    errors: list[int]

    def recvmsg(self, *_: object) -> Any:
        """Fail as some systems do when an earlier datagram could not be delivered."""
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")

    def sendmsg(self, *_: Any) -> int:
        """Send, or fail."""
        number = self.errors.pop(0)
        if number:
            raise OSError(number, "as the machine puts it")
        return 1


def test_portable_calls_meet_errors() -> None:
    """A full buffer stops a fan-out and returns the place; an error that the network reports does not stop it."""
    with Full(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        calls = PortableSocket(sock, 0)
        sock.errors = [0, errno.EAGAIN]
        assert calls.send([b"a"], ROUTE, 0, 3) == 1
        sock.errors = [0, errno.EAGAIN]
        assert calls.send([b"a"], ROUTE, 1, 3) == 2
        sock.errors = [errno.ECONNREFUSED, errno.ECONNREFUSED, 0, 0, *[errno.ENETUNREACH] * (1 + MAX_TRIES)]
        with structlog.testing.capture_logs() as logged:
            assert calls.send([b"a"], ROUTE, 0, 3) == 3
        assert [entry["reason"] for entry in logged if entry["event"] == "dropped"] == ["send_failed"]
        assert sock.errors == []
        assert calls.drops == {DropReason.SEND_FAILED: 1}
        assert calls.receive(1) == []


def test_a_full_queue_of_the_network_card_is_not_tried_again() -> None:
    """ENOBUFS does not go away at once, so the datagram is dropped after one more try."""
    with Full(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        calls = PortableSocket(sock, 0)
        sock.errors = [errno.ENOBUFS] * 2
        assert calls.send([b"a"], ROUTE, 0, 1) == 1
        assert sock.errors == []
        assert calls.drops == {DropReason.SEND_FAILED: 1}
