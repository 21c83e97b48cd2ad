"""Listening sockets, and what accepting may bring."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from typing import cast

import attrs
import pytest

from tests.adapters.tcp.ends import free_sockets
from udpchat.adapters.tcp.listener import KEEP_IDLE, TCP_USER_TIMEOUT, USER_TIMEOUT, Exhausted, Listener, listen_beside


@attrs.define(eq=False)
class Refusing:
    """A listening socket whose `accept` raises these errors in turn."""

    errors: Iterator[OSError]

    def accept(self) -> None:
        """Raise the next error."""
        raise next(self.errors)


def accept(*numbers: int) -> object:
    """Accept at a socket that raises errors with these numbers."""
    errors = iter([OSError(number, "as the test wants") for number in numbers])
    return Listener(()).accept(cast("socket.socket", Refusing(errors)))


def test_a_connection_that_is_gone_already() -> None:
    """It costs nothing, and the next one is accepted."""
    assert accept(errno.ECONNABORTED, errno.EHOSTUNREACH, errno.EAGAIN) is None


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_nothing_left(number: int) -> None:
    """Where there is no file descriptor or no memory, the caller must wait."""
    with pytest.raises(Exhausted):
        accept(number)


def test_any_other_error() -> None:
    """It is logged, and ends nothing."""
    assert accept(errno.EPERM) is None


def test_connections_inherit_options() -> None:
    """A connection is asked whether it is still there, ends if it does not acknowledge, and sends lines at once."""
    (listening,) = free_sockets("127.0.0.1")
    with listening, socket.create_connection(listening.getsockname()):
        accepted = Listener([listening]).accept(listening)
        assert accepted is not None
        with accepted[0] as sock:
            assert sock.gettimeout() == 0.0
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == KEEP_IDLE
            assert sock.getsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT) == USER_TIMEOUT


def test_a_port_that_is_taken() -> None:
    """No socket is left open."""
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as beside:
        beside.bind(taken.getsockname())
        with pytest.raises(OSError, match="Address already in use"):
            listen_beside([beside])
