"""What a server listens with."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tests.adapters.tcp.ends import free_sockets
from udpchat.adapters import systemd
from udpchat.adapters.tcp import listener
from udpchat.adapters.udp.sockets.listen import ListenError
from udpchat.app.server import carriers
from udpchat.app.server.carriers import Carriers, open_carriers
from udpchat.app.settings import Settings
from udpchat.domain.drop_reason import DropCounts


@contextmanager
def opened(settings: Settings) -> Iterator[Carriers]:
    """Open carriers, and close them."""
    made = open_carriers(settings, DropCounts())
    try:
        yield made
    finally:
        made.close(0.0)


def handed(monkeypatch: pytest.MonkeyPatch, *sockets: socket.socket) -> None:
    """Let a supervisor hand over these sockets."""

    def hand_over() -> list[socket.socket]:
        return list(sockets)

    monkeypatch.setattr(systemd, "handed_over", hand_over)


def bound(kind: socket.SocketKind) -> socket.socket:
    """Return a socket on a free port."""
    sock = socket.socket(socket.AF_INET, kind)
    sock.bind(("127.0.0.1", 0))
    return sock


def test_tcp_has_the_port_of_udp() -> None:
    """Both listen at the same addresses."""
    with opened(Settings(port=0)) as made:
        assert made.tcp is not None
        assert made.tcp.listening() == made.udp.listening()
        assert made.all[:2] == [made.udp, made.tcp]
        assert [each.name for each in made.all[2:]] == ["websocket"]  # which uses the same sockets


def test_a_port_that_is_free_for_both_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the port that was picked for UDP is taken for TCP, another one is picked."""
    listen, tries = listener.listen_beside, []

    def taken_at_first(sockets: list[socket.socket]) -> list[socket.socket]:
        tries.append(sockets)
        if len(tries) == 1:
            raise OSError(98, "Address already in use")
        return listen(sockets)

    monkeypatch.setattr(carriers, "listen_beside", taken_at_first)
    with opened(Settings(port=0)) as made:
        assert made.tcp is not None
    assert len(tries) >= 2  # another one may be taken too, by a client of some other test


def test_no_port_is_free_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """After some tries, the server listens for UDP alone."""

    def taken(_: object) -> list[socket.socket]:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(carriers, "listen_beside", taken)
    with opened(Settings(port=0)) as made:
        assert made.all == [made.udp]


@pytest.mark.parametrize("tcp", ["yes", "no"])
def test_sockets_of_a_supervisor(monkeypatch: pytest.MonkeyPatch, tcp: str) -> None:
    """They are taken by their kind; those for TCP are closed where it is off."""
    datagrams, streams = bound(socket.SOCK_DGRAM), bound(socket.SOCK_STREAM)
    streams.listen()
    handed(monkeypatch, datagrams, streams)
    with opened(Settings(tcp=tcp)) as made:  # type: ignore[arg-type]  # one of two words
        assert made.udp.sockets == [datagrams]
        assert (made.tcp is None) == (streams.fileno() < 0) == (tcp == "no")


def test_a_supervisor_that_has_none_for_tcp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the server listens for TCP by itself, at the same address."""
    (streams,) = free_sockets("127.0.0.1")
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with streams:
        datagrams.bind(streams.getsockname())
    handed(monkeypatch, datagrams)
    with opened(Settings()) as made:
        assert made.tcp is not None
        assert made.tcp.listening() == made.udp.listening()


def test_a_supervisor_that_has_none_for_udp(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error, in one sentence."""
    with closing(bound(socket.SOCK_STREAM)) as streams:
        streams.listen()
        handed(monkeypatch, streams)
        with pytest.raises(ListenError, match=r"the supervisor provides no UDP socket: add ListenDatagram"):
            open_carriers(Settings(), DropCounts())


@pytest.mark.parametrize(("limits", "most"), [((100, 500), 500 - 64), ((100, -1), 20_000), ((-1, -1), 20_000)])
def test_open_files(monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], most: int) -> None:
    """There may be as many connections as clients need twice, or as the hard limit allows."""
    granted: list[object] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: granted.append(wanted))
    with opened(Settings(port=0)) as made:
        assert made.tcp is not None
        assert made.tcp.entrance.census.most == most
    assert granted == ([(most + 64, limits[1])] if limits[0] > 0 else [])


def test_open_files_in_a_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the limit cannot be raised, it holds."""

    def forbidden(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(resource, "getrlimit", lambda _: (200, 5000))
    monkeypatch.setattr(resource, "setrlimit", forbidden)
    with opened(Settings(port=0)) as made:
        assert made.tcp is not None
        assert made.tcp.entrance.census.most == 200 - 64
