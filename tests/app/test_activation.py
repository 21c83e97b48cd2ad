"""A server that a supervisor starts, with sockets that it holds: the real systemd-socket-activate, and our units."""

from __future__ import annotations

import configparser
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.app.processes import needs, needs_ipv6
from udpchat.app.command_line import command

UNITS = Path(__file__).parents[2] / "contrib" / "systemd"
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
    """It is answered, on both families, by the server that it started; which tells when it is ready and ending."""
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
            for _ in listening[::2]:  # it says so for each socket
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
            told = supervisor.recv(100)
            while told == b"WATCHDOG=1":
                told = supervisor.recv(100)
            assert told == b"STOPPING=1"
            assert server.wait(LIMIT) == 0
        finally:
            server.kill()
            server.communicate()


def unit(name: str) -> configparser.RawConfigParser:
    """Return a unit as far as it is an INI file: of keys that come twice, the last."""
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(UNITS / name)
    return parser


def test_the_units_start_what_there_is() -> None:
    """The options of the service are those of the command line, a start is tried for ever, the socket is UDP."""
    service = unit("udpchat.service")["Service"]
    program, *arguments = service["ExecStart"].split()
    assert program.endswith("/bin/udpchat")
    command().make_context("udpchat", [each.replace("%S", "/var/lib") for each in arguments])
    assert service["Type"] == "notify"
    assert service["StateDirectory"] == "udpchat"
    assert (unit("udpchat.service")["Unit"]["StartLimitIntervalSec"], service["Restart"]) == ("0", "on-failure")
    assert unit("udpchat.socket")["Socket"]["ListenDatagram"].endswith(":12000")


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """As its own check has it, with the program where there is one."""
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
