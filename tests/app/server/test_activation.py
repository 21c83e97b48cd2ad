"""A server on sockets of a supervisor: the real systemd-socket-activate, and our units."""

from __future__ import annotations

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

from tests.app.clients.processes import free_port, needs, needs_ipv6
from tests.docs.pages import fences
from udpchat.adapters.systemd import FIRST
from udpchat.adapters.udp.sockets.listen import resolve
from udpchat.app.cli.server_command import server_command
from udpchat.app.settings import Settings

UNITS = Path(__file__).parents[3] / "contrib" / "systemd"
MANUAL = list(fences("docs/manual.md"))
LIMIT = 30  # seconds


def test_the_first_datagram_starts_the_server(tmp_path: Path) -> None:
    """The started server answers it on both address families, and reports when it is ready and when it ends."""
    needs("systemd-socket-activate")
    needs_ipv6()
    port = free_port("127.0.0.1", "::1")
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


def test_a_supervisor_that_keeps_both_sockets(tmp_path: Path) -> None:
    """One that connects while no server runs is let in by the next server; its connection ends with a sentence."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as streams,
    ):
        for sock in (datagrams, streams):
            sock.bind(("127.0.0.1", 0))
        streams.listen()
        for name in (b"ann", b"bob"):
            with socket.create_connection(streams.getsockname(), timeout=LIMIT) as client:
                client.sendall(b"/nick %b\n" % name)
                assert select.select([streams], [], [], LIMIT)[0]
                with supervised(datagrams, tmp_path / "journal", streams) as server:
                    assert client.recv(100).endswith(b"->%b\n" % name)
                    server.send_signal(signal.SIGTERM)
                    assert server.wait(LIMIT) == 0
                    assert client.recv(100).startswith(b"error - the server ends")
                    assert client.recv(100) == b""


@contextmanager
def supervised(sock: socket.socket, journal: Path, *others: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server that inherits sockets (sd_listen_fds(3))."""
    numbers = range(FIRST, FIRST + 1 + len(others))

    def hand_over() -> None:
        copies = [os.dup(each.fileno()) for each in (sock, *others)]  # one may be where another one shall be
        for number, copy in zip(numbers, copies, strict=True):
            os.dup2(copy, number)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(numbers)))

    server = subprocess.Popen(
        [sys.executable, "-m", "udpchat.app", "--journal", str(journal), "--log-level", "error"],
        stdout=subprocess.DEVNULL,
        pass_fds=numbers,
        preexec_fn=hand_over,  # noqa: PLW1509 - no other thread holds a lock that this needs
    )
    try:
        yield server
    finally:
        server.kill()
        server.wait()


def unit(text: str, *drop_ins: str) -> dict[str, dict[str, list[str]]]:
    """Return the sections of a unit with its drop-ins: all values of each key; an empty one removes those before it.

    Source: systemd.syntax(7), systemd.unit(5).
    """
    sections: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] = {}
    for line in "\n".join([text, *drop_ins]).splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and line[0] not in "#;":
            key, _, value = line.partition("=")
            section[key] = [*section.get(key, ()), value] if value else []
    return sections


def shipped(name: str) -> str:
    """Return the text of a unit of ours."""
    return (UNITS / name).read_text(encoding="utf-8")


def in_the_manual(path: str) -> str:
    """Return the file that the manual shows for a path."""
    (text,) = (code for info, code in MANUAL if info == f"ini {path}")
    return text


DROP_IN = "/etc/systemd/system/udpchat.socket.d/listen.conf"


def test_the_service_matches_the_program() -> None:
    """The command line accepts its settings, a file may have others, and systemd reloads and restarts it."""
    sections = unit(shipped("udpchat.service"))
    service = sections["Service"]
    ((program,),) = (command.split() for command in service["ExecStart"])
    assert program.endswith("/bin/udpchat")
    (variables,) = service["Environment"]
    assert dict(each.split("=") for each in variables.split()) == {
        "UDPCHAT_JOURNAL": "%S/udpchat/room.journal",
        "UDPCHAT_LOG_FORMAT": "json",
    }
    assert service["EnvironmentFile"] == ["-/etc/udpchat.env"]
    assert service["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    assert service["Type"] == ["notify"]
    assert service["StateDirectory"] == ["udpchat"]
    assert (sections["Unit"]["StartLimitIntervalSec"], service["Restart"]) == (["0"], ["on-failure"])


def test_the_socket_listens_where_the_program_does() -> None:
    """By default these are both loopbacks, and the default port."""
    default = Settings()
    expected = [
        f"[{host}]:{default.port}" if ":" in host else f"{host}:{default.port}" for host in resolve(default.host)
    ]
    socket_unit = unit(shipped("udpchat.socket"))["Socket"]
    assert socket_unit["ListenStream"] == expected
    assert socket_unit["ListenDatagram"] == expected == ["127.0.0.1:12000", "[::1]:12000"]
    assert socket_unit["FreeBind"] == ["yes"]


def test_the_drop_in_of_the_manual_replaces_the_addresses() -> None:
    """The socket then listens on another port of every address, and nowhere else."""
    with_drop_in = unit(shipped("udpchat.socket"), in_the_manual(DROP_IN))["Socket"]
    assert with_drop_in["ListenDatagram"] == with_drop_in["ListenStream"] == ["0.0.0.0:9999", "[::]:9999"]
    assert with_drop_in["BindIPv6Only"] == ["ipv6-only"]  # otherwise [::] would take the port of 0.0.0.0


def test_the_environment_file_of_the_manual_is_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each variable in it is a setting, and the program accepts its value."""
    (path,) = unit(shipped("udpchat.service"))["Service"]["EnvironmentFile"]
    lines = in_the_manual(path.removeprefix("-")).splitlines()
    variables = dict(line.split("=") for line in lines if line[0] != "#")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    command = server_command()
    assert variables.keys() <= {parameter.envvar for parameter in command.params}
    command.make_context("udpchat", [])


@pytest.mark.parametrize("drop_in", ["", "[Socket]\nListenDatagram=nowhere\n"], ids=["of the manual", "wrong"])
def test_systemd_accepts_the_units(tmp_path: Path, drop_in: str) -> None:
    """`systemd-analyze verify` finds no error in them and in the drop-in, if the program is there."""
    needs("systemd-analyze")
    for name in ("udpchat.socket", "udpchat.service"):
        text = shipped(name).replace("/opt/udpchat/bin/udpchat", shutil.which("true") or "")
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "udpchat.socket.d").mkdir()
    (tmp_path / "udpchat.socket.d" / "listen.conf").write_text(drop_in or in_the_manual(DROP_IN), encoding="utf-8")
    units = [str(tmp_path / "udpchat.socket"), str(tmp_path / "udpchat.service")]
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False, timeout=LIMIT
    )
    assert bool([line for line in done.stderr.splitlines() if "udpchat" in line]) == bool(drop_in)
