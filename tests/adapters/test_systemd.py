"""Sockets that a supervisor passes, and notifications to it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.clients.processes import needs_ipv6
from udpchat.adapters.systemd import handed_over, notify
from udpchat.adapters.udp.sockets.listen import ListenError

HIGH = 100  # the first file descriptor in these tests, since the usual one is in use


def environment(count: int | str, pid: int | None = None) -> dict[str, str]:
    """Return the environment variables that a supervisor sets."""
    return {"LISTEN_PID": str(pid or os.getpid()), "LISTEN_FDS": str(count), "LISTEN_FDNAMES": "a:b"}


@pytest.fixture
def handing() -> Iterator[list[int]]:
    """Give a list of file descriptors that are passed; those that nothing took are closed at the end."""
    numbers: list[int] = []
    yield numbers
    for number in numbers:
        try:
            os.close(number)
        except OSError:
            continue


def hand_over(handing: list[int], *kinds: tuple[int, int]) -> None:
    """Open sockets of these families and types at the file descriptors from `HIGH` on."""
    for place, (family, kind) in enumerate(kinds, HIGH):
        with socket.socket(family, kind) as sock:
            sock.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
            handing.append(os.dup2(sock.fileno(), place))


UDP4, UDP6, TCP = (
    (socket.AF_INET, socket.SOCK_DGRAM),
    (socket.AF_INET6, socket.SOCK_DGRAM),
    (socket.AF_INET, socket.SOCK_STREAM),
)


def test_sockets_of_both_families_are_taken_over(handing: list[int]) -> None:
    """They are in order, stay bound, and are not inherited by a child process; the variables are removed."""
    needs_ipv6()
    hand_over(handing, UDP4, UDP6)
    variables = environment(2)
    taken = handed_over(variables, HIGH)
    assert [sock.getsockname()[0] for sock in taken] == ["127.0.0.1", "::1"]
    assert not any(sock.get_inheritable() for sock in taken)
    assert variables == {}
    for sock in taken:
        sock.close()


@pytest.mark.parametrize("variables", [{}, environment(2, pid=1), environment(0)])
def test_sockets_for_another_process_are_left(variables: dict[str, str]) -> None:
    """There may be no variables, variables for another process, or no sockets."""
    assert handed_over(variables, HIGH) == []


@pytest.mark.parametrize("count", ["", "x", "-1"])
def test_no_number(count: str) -> None:
    """The number of sockets must be a number; the error is one sentence."""
    with pytest.raises(ListenError, match=r"LISTEN_FDS is .*, which is no number of sockets"):
        handed_over(environment(count), HIGH)


def test_a_listening_socket_is_taken_over(handing: list[int]) -> None:
    """One over TCP is too, if it listens."""
    hand_over(handing, UDP4, TCP)
    with socket.socket(fileno=os.dup(HIGH + 1)) as sock:
        sock.listen()
    taken = handed_over(environment(2), HIGH)
    assert [sock.type for sock in taken] == [socket.SOCK_DGRAM, socket.SOCK_STREAM]
    for sock in taken:
        sock.close()


def test_another_kind_of_socket_is_refused(handing: list[int]) -> None:
    """The error is one sentence, and the sockets before it are closed."""
    hand_over(handing, UDP4, TCP)
    with pytest.raises(ListenError, match=f"file descriptor {HIGH + 1}, .* is neither UDP nor listening for TCP"):
        handed_over(environment(2), HIGH)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(HIGH)


def test_a_file_descriptor_of_no_socket_is_refused(tmp_path: Path, handing: list[int]) -> None:
    """It may be a file, or not be open."""
    with pytest.raises(ListenError, match=f"file descriptor {HIGH}, .* is no socket"):
        handed_over(environment(1), HIGH)
    with (tmp_path / "file").open("w") as file:
        handing.append(os.dup2(file.fileno(), HIGH))
    with pytest.raises(ListenError, match=f"file descriptor {HIGH}, .* is no socket"):
        handed_over(environment(1), HIGH)


@pytest.mark.parametrize("abstract", [True, False])
def test_the_supervisor_is_notified(tmp_path: Path, *, abstract: bool) -> None:
    """It gets a datagram at the socket that it named, which may be an abstract one (unix(7))."""
    name = f"@udpchat-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind("\0" + name[1:] if abstract else name)
        notify("READY=1", {"NOTIFY_SOCKET": name})
        assert supervisor.recv(100) == b"READY=1"
    notify("READY=1", {"NOTIFY_SOCKET": name})  # the supervisor is gone
    notify("READY=1", {})
