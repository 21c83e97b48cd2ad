"""The batch calls, on systems that have them and on others."""

from __future__ import annotations

import ctypes
import errno
import socket
from collections.abc import Callable

import attrs
import pytest
import structlog

from udpchat.adapters.udp.sockets import system_calls
from udpchat.adapters.udp.sockets.portable_socket import PortableSocket
from udpchat.adapters.udp.sockets.system_calls import SystemCalls
from udpchat.app.server import carriers
from udpchat.domain.drop_reason import DropCounts


def refusing(number: int) -> Callable[..., int]:
    """Return a system call that fails."""

    def refuse(*_: int) -> int:
        ctypes.set_errno(number)
        return -1

    return refuse


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.EPERM])
@pytest.mark.parametrize("missing", ["sendmmsg", "recvmmsg"])
def test_falls_back_if_the_kernel_refuses(monkeypatch: pytest.MonkeyPatch, number: int, missing: str) -> None:
    """If a system call is missing or forbidden, each datagram is sent by itself, and the log says so once."""
    calls = attrs.evolve(SystemCalls(lambda *_: 0, lambda *_: 0), **{missing: refusing(number)})
    monkeypatch.setattr(system_calls, "load", lambda: calls)
    with (
        structlog.testing.capture_logs() as logged,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two,
    ):
        assert [type(each) for each in carriers.datagram_sockets("auto", [one, two], DropCounts())] == [
            PortableSocket
        ] * 2
    assert [entry["log_level"] for entry in logged] == ["warning"]


def test_falls_back_if_the_library_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A C library may lack the calls."""
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: object())
    assert system_calls.load() is None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        assert not system_calls.supported(None, sock)


def test_kernels_that_cut_no_segments() -> None:
    """A socket of another kind than UDP stands for a kernel before Linux 4.18."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream:
        assert not system_calls.cuts_segments(stream)


def test_forced_to_be_portable() -> None:
    """The setting `sendto` uses the portable way without a warning."""
    with structlog.testing.capture_logs() as logged, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        assert [type(each) for each in carriers.datagram_sockets("sendto", [sock], DropCounts())] == [PortableSocket]
    assert logged == []
