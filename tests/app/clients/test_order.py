"""Order that is kept outlives the server."""

from __future__ import annotations

import json
import signal
import socket
from pathlib import Path

import pytest

from tests.app.cli.test_admin import admin
from tests.app.clients.processes import free_port, start_server


def answer(client: socket.socket, line: str) -> str:
    """Say a line, and return the next datagram."""
    client.send(line.encode() + b"\n")
    return client.recv(9000).decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_acts_outlive_the_server(tmp_path: Path, number: signal.Signals) -> None:
    """A mute, a ban, a slow room, a lockdown: also if the server is killed. Their times go on meanwhile."""
    port, path = free_port("127.0.0.1", "::1"), tmp_path / "admin"
    command = (str(port), "--journal", str(tmp_path / "journal"), "--admin", str(path))
    server = start_server(*command, log=tmp_path / "first.log")
    server.prints("join with: .*")
    clients = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
    for each in clients:
        each.settimeout(30)
        each.connect(("127.0.0.1", port))
    one, two, three = clients
    assert "annax" in answer(one, "/nick annax")
    assert "berta" in answer(two, "/nick berta")
    assert "carla" in answer(three, "/nick carla")
    for words in (("mute", "annax", "1h"), ("ban", "berta", "1h"), ("slow", "60"), ("lockdown", "on")):
        found = admin(path, *words)
        assert found.returncode == 0, found.stderr
    server.end(number)
    server = start_server(*command, log=tmp_path / "second.log")
    server.prints("join with: .*")
    try:
        for each in clients:
            each.settimeout(0)
            while True:
                try:
                    each.recv(9000)
                except BlockingIOError:
                    break
            each.settimeout(30)
        assert answer(one, "hello there").startswith("error - you are muted for 59 minutes more, by server")
        assert answer(two, "hello there, let me in").startswith("error - you are banned for 59 minutes more")
        assert answer(three, "hello there") == "carla: hello there\n"
        assert answer(three, "and more").startswith("error - one line in 1 minute here, wait ")
        who = {row["nickname"]: row for row in json.loads(admin(path, "who", "--json").stdout)}
        assert who.keys() == {"annax", "carla"}
        assert 3000 < who["annax"]["muted_for"] <= 3600
        assert json.loads(admin(path, "rooms", "--json").stdout) == [{"room": "lobby", "members": 2, "slow": 60}]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.settimeout(30)
            stranger.connect(("127.0.0.1", port))
            assert answer(stranger, "hello there, let me in") == "error - nobody new can come in now\n"
    finally:
        server.end()
        for each in clients:
            each.close()
