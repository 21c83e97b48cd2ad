"""A server on sockets of a supervisor: the real systemd-socket-activate, and our units."""

from __future__ import annotations

import configparser
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.app.clients.processes import needs, needs_ipv6
from udpchat.adapters.systemd import FIRST
from udpchat.app.cli.server_command import server_command

UNITS = Path(__file__).parents[3] / "contrib" / "systemd"
LIMIT = 30  # seconds


def free_port() -> int:
    """Return a port that was free on both loopbacks a moment ago."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as two,
    ):
        one.bind(("127.0.0.1", 0))
        two.bind(("::1", one.getsockname()[1]))
        return int(one.getsockname()[1])


def test_the_first_datagram_starts_the_server(tmp_path: Path) -> None:
    """The started server answers it on both address families, and reports when it is ready and when it ends."""
    needs("systemd-socket-activate")
    needs_ipv6()
    port = free_port()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(tmp_path / "notify"))
        supervisor.settimeout(LIMIT)
        listening = ["-l", f"127.0.0.1:{port}", "-l", f"[::1]:{port}"]
        server = subprocess.Popen(
            ["systemd-socket-activate", "--datagram", *listening, f"--setenv=NOTIFY_SOCKET={tmp_path / 'notify'}",
             sys.executable, "-m", "udpchat.app", "--journal", str(tmp_path / "room.journal")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        try:
            assert server.stderr is not None
            for _ in listening[::2]:  # it prints this for each socket
                assert "Listening on" in server.stderr.readline()
            for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
                with socket.socket(family, socket.SOCK_DGRAM) as client:
                    client.settimeout(LIMIT)
                    client.connect((host, port))
                    client.send(b"hello\n")
                    assert client.recv(100).endswith(b": hello\n")
            assert supervisor.recv(100) == b"READY=1"
            assert supervisor.recv(100) == b"WATCHDOG=1"
            server.send_signal(signal.SIGTERM)
            received = supervisor.recv(100)
            while received == b"WATCHDOG=1":
                received = supervisor.recv(100)
            assert received == b"STOPPING=1"
            assert server.wait(LIMIT) == 0
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(LIMIT)
                client.connect(("127.0.0.1", port))
                client.send(b"hello\n")
                with pytest.raises(ConnectionRefusedError):  # the process became the server, so its end closed the port
                    client.recv(100)
        finally:
            server.kill()
            server.communicate()


def test_a_supervisor_that_keeps_the_socket(tmp_path: Path) -> None:
    """Lines sent while no server runs are answered by the next server, which knows the members of the room.

    As systemd does, the test starts a server with a copy of its socket when a datagram arrives.
    """
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as kept,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        kept.bind(("127.0.0.1", 0))
        client.settimeout(LIMIT)
        client.connect(kept.getsockname())
        said = [b"/nick ann\n", b"second\n", b"third\n"]
        for number, line in enumerate(said):
            client.send(line)
            assert select.select([kept], [], [], LIMIT)[0]
            with supervised(kept, tmp_path / "journal") as server:
                answer = client.recv(100)
                assert answer.endswith(b"->ann\n") if number == 0 else answer == b"ann: " + line
                server.send_signal(signal.SIGTERM)
                assert server.wait(LIMIT) == 0


@contextmanager
def supervised(sock: socket.socket, journal: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server that inherits a socket (sd_listen_fds(3))."""

    def hand_over() -> None:
        os.dup2(sock.fileno(), FIRST)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")

    server = subprocess.Popen(
        [sys.executable, "-m", "udpchat.app", "--journal", str(journal), "--log-level", "error"],
        stdout=subprocess.DEVNULL,
        pass_fds=(FIRST,),
        preexec_fn=hand_over,  # noqa: PLW1509 - no other thread holds a lock that this needs
    )
    try:
        yield server
    finally:
        server.kill()
        server.wait()


def unit(name: str) -> configparser.RawConfigParser:
    """Return a unit, read as an INI file. If a key is there twice, the last one counts."""
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNITS / name)
    return parser


def test_the_units_match_the_program() -> None:
    """The command line accepts the options of the service, systemd restarts it without limit, the socket is UDP."""
    service = unit("udpchat.service")["Service"]
    program, *arguments = service["ExecStart"].split()
    assert program.endswith("/bin/udpchat")
    server_command().make_context("udpchat", [each.replace("%S", "/var/lib") for each in arguments])
    assert service["Type"] == "notify"
    assert service["StateDirectory"] == "udpchat"
    assert (unit("udpchat.service")["Unit"]["StartLimitIntervalSec"], service["Restart"]) == ("0", "on-failure")
    assert unit("udpchat.socket")["Socket"]["ListenDatagram"].endswith(":12000")


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """`systemd-analyze verify` finds no error in them, if the program is there."""
    needs("systemd-analyze")
    for name in ("udpchat.socket", "udpchat.service"):
        text = (
            (UNITS / name).read_text(encoding="utf-8").replace("/opt/udpchat/bin/udpchat", shutil.which("true") or "")
        )
        (tmp_path / name).write_text(text, encoding="utf-8")
    units = [str(tmp_path / "udpchat.socket"), str(tmp_path / "udpchat.service")]
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False, timeout=LIMIT
    )
    assert [line for line in done.stderr.splitlines() if "udpchat" in line] == []
