"""A server as a newcomer meets it: what it prints at the start, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
from contextlib import suppress
from pathlib import Path

import pytest

import udpchat
from tests.adapters.udp.ends import open_udp
from tests.app.clients.processes import SERVE, free_port, join, needs, needs_ipv6, running, serving
from tests.waiting import until
from udpchat.app.server import greeting
from udpchat.app.settings import Settings
from udpchat.domain.drop_reason import DropCounts


def test_start_tells_where_it_listens_and_how_to_join(tmp_path: Path) -> None:
    """With port 0 the start-up lines have the port that was picked, the same on both loopbacks."""
    needs_ipv6()
    with serving(tmp_path, command=SERVE) as server:
        assert server.program.printed == [
            f"udpchat {udpchat.__version__} listens on 127.0.0.1:{server.port} and [::1]:{server.port}",
            (
                f"join with:  nc -u localhost {server.port}      (or nc localhost {server.port}, "
                f"or http://localhost:{server.port} in a browser)"
            ),
            "end with:   Ctrl-C",
        ]


@pytest.mark.parametrize("host", ["0.0.0.0", "0", "::", "0::0", "[::]"])  # noqa: S104 - what is tested
def test_start_on_every_address(tmp_path: Path, host: str) -> None:
    """On every address, however it is spelled, the start-up lines say how to join from here and from elsewhere."""
    if ":" in host:
        needs_ipv6()
    with serving(tmp_path, "--host", host) as server:
        here, elsewhere = server.program.printed[1:3]
        loopback = "localhost" if ":" in host else "127.0.0.1"
        port = server.port
        page = rf"or http://\[?\1\]?:{port} in a browser"
        pattern = rf"nc -u (\S+) {port}      \(or nc \1 {port}, {page}\)"
        found = re.fullmatch(f"join here:       {pattern}", here)
        assert found
        assert found[1] == loopback
        assert re.fullmatch(f"join elsewhere:  {pattern}", elsewhere)


@pytest.mark.parametrize(
    "host",
    ["localhost", "127.0.0.1", "127.1", "::1", "[::1]", "::ffff:127.0.0.1", "0.0.0.0", "::", "[::]"],  # noqa: S104
)
def test_the_commands_that_are_printed_join(tmp_path: Path, host: str) -> None:
    """Each command behind "join with" or "join here", pasted into a shell on this machine, joins the room."""
    needs("nc.openbsd")
    if ":" in host:
        needs_ipv6()
    with serving(tmp_path, "--host", host) as server:
        commands = re.fullmatch(
            r"join (?:with|here): +(nc -u .*) +\(or (nc .*), or http://.* in a browser\)", server.program.printed[1]
        )
        assert commands
        for command in commands.groups():
            with running(["bash", "-c", f"exec {command.replace('nc', 'nc.openbsd', 1)}"]) as client:
                join(client)


def test_a_name_is_printed_only_if_all_of_its_addresses_are_served() -> None:
    """A client takes the first address that it finds for a name, so an address is printed if one is not served."""
    needs_ipv6()
    for address, name in {"127.0.0.1": "127.0.0.1", "::1": "::1"}.items():
        carrier = open_udp(Settings(port=0, host=address), DropCounts())
        assert f"join with:  nc -u {name} {carrier.port}\n" in greeting.welcome("localhost", carrier)
        assert f"join with:  nc -u {name} {carrier.port}\n" in greeting.welcome("no.such.host.invalid", carrier)
        carrier.close()


def test_own_name_where_there_is_no_route(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without a route to other networks, the start-up lines have its host name."""
    # Refused without SO_BROADCAST, as no route is.
    monkeypatch.setattr(greeting, "_ELSEWHERE", {socket.AF_INET: ("255.255.255.255", 9)})
    carrier = open_udp(Settings(port=0, host="0.0.0.0"), DropCounts())  # noqa: S104 - what is tested
    assert f"nc -u {socket.gethostname()} {carrier.port}" in greeting.welcome("0", carrier)
    carrier.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it(tmp_path: Path, number: int) -> None:
    """SIGINT and SIGTERM end the server with exit code 0, and its log says so."""
    log = tmp_path / "log"
    with running([*SERVE, "0"], log=log) as program:
        program.prints("end with: .*")
        assert program.end(number) == 0
    assert '"event": "stopped"' in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("closed", [">/dev/full", ">&-", "2>&-", "2>/dev/full", "| head -0"])
def test_nobody_reads_what_it_says(closed: str) -> None:
    """The room opens, and the server ends well, although its standard output or error is full or closed."""
    needs("bash")
    port = str(free_port("127.0.0.1"))
    shell = f"{' '.join(SERVE)} {port} --log-level debug {closed}"
    with running(["bash", "-c", shell]) as program, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", int(port)))
        client.settimeout(0.1)

        def is_answered() -> bool:
            with suppress(OSError):
                client.send(b"hello\n")
                return client.recv(9000).endswith(b": hello\n")
            return False

        until(is_answered)
        os.killpg(program.process.pid, signal.SIGTERM)
        program.process.wait(timeout=30)
