"""SIGHUP to a real server: it reads its settings again, from wherever they came, and goes on."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import IO, Any, cast

import pytest

from tests.app.cli.command import in_process, run
from tests.app.clients.processes import SERVE, Server, running, serving
from tests.app.server.cluster import node
from tests.app.server.test_signals import wait_for_handlers
from tests.nats_servers import NatsCluster
from tests.waiting import until


def write(path: Path, *lines: str) -> None:
    """Write a settings file."""
    path.write_text("\n".join(["[udpchat]", *lines, ""]), encoding="utf-8")


def entries(server: Server) -> list[dict[str, Any]]:
    """Return what a server has logged, without the times."""
    lines = [json.loads(line) for line in server.logged().splitlines()]
    return [{key: value for key, value in line.items() if key not in {"timestamp", "level"}} for line in lines]


def reload(server: Server) -> list[dict[str, Any]]:
    """Send SIGHUP; return what the server logs because of it."""
    before = len(entries(server))
    server.program.process.send_signal(signal.SIGHUP)
    ends = ("settings reloaded", "settings not reloaded, nothing has changed")
    until(lambda: any(each["event"] in ends for each in entries(server)[before:]), server.logged)
    return [each for each in entries(server)[before:] if each["event"] not in {"joined", "left"}]


@contextmanager
def client(server: Server) -> Iterator[socket.socket]:
    """Give a socket that is connected to a server."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", server.port))
        sock.settimeout(30)
        yield sock


def ask(sock: socket.socket, line: str) -> str:
    """Send a line; return the first datagram that comes."""
    sock.send(line.encode())
    return sock.recv(9000).decode()


def changed(setting: str, old: object, new: object) -> dict[str, object]:
    """Return the log entry of a setting that has changed."""
    return {"event": "setting changed", "setting": setting, "old": old, "new": new}


def test_the_settings_file_is_read_again(tmp_path: Path) -> None:
    """What changed there is in force for members and newcomers; what needs a restart is named."""
    config, motd = tmp_path / "udpchat.toml", tmp_path / "motd"
    motd.write_text("be kind\n", encoding="utf-8")
    write(config, "rate = 10")
    with serving(tmp_path, "--config", str(config), "--max-clients", "50") as server, client(server) as member:
        assert ask(member, "\n").startswith("you are ")
        write(config, "rate = 2", f'motd = "{motd}"', "max_clients = 3", "port = 7", "history_keep = 5", "max_line = 9")
        logged = reload(server)
        assert logged[:3] == [
            changed("rate", 10, 2),
            changed("history_keep", 10_000, 5),
            changed("motd", "", str(motd)),
        ]
        assert logged[3:-1] == [
            {"event": "message of the day changed"},
            {"event": "setting needs a restart", "setting": "max_line", "old": 8000, "new": 9},
        ]
        assert logged[-1] == {"event": "settings reloaded", "changed": 3, "waiting": 1}
        assert ask(member, "/motd") == "- be kind\n"
        member.send(b"x\n" * 30)
        said = b""
        while b"slow down" not in said:
            said += member.recv(9000)
        assert said.count(b": x\n") < 13
        with client(server) as newcomer:
            assert ask(newcomer, "hello, I am new").startswith("- be kind\n")


def test_the_command_line_wins_again(tmp_path: Path) -> None:
    """Then the environment, then the file, as at the start."""
    config = tmp_path / "udpchat.toml"
    write(config, "rate = 1", "join_rate = 1", "idle_timeout = 1000")
    shell = ("env", f"UDPCHAT_CONFIG={config}", "UDPCHAT_JOIN_RATE=2", *SERVE)
    with serving(tmp_path, "--rate", "3", command=shell) as server:
        write(config, "rate = 5", "join_rate = 5", "idle_timeout = 5000")
        assert reload(server) == [
            changed("idle_timeout", 1000, 5000),
            {"event": "settings reloaded", "changed": 1, "waiting": 0},
        ]


@pytest.mark.parametrize("mistake", ["value", "toml", "name", "gone", "motd", "motd gone"])
def test_a_mistake_in_a_file(tmp_path: Path, mistake: str) -> None:
    """Nothing changes, the chat goes on, and one error has the sentence that a start would have."""
    config, motd = tmp_path / "udpchat.toml", tmp_path / "motd"
    motd.write_text("be kind\n", encoding="utf-8")
    write(config, f'motd = "{motd}"')
    with serving(tmp_path, "--config", str(config), "--journal", str(tmp_path / "journal")) as server:
        lines = {
            "value": ["rate = -1", "max_rooms = 0"],
            "toml": ["rate ="],
            "name": ["rat = 1"],
            "motd": [f'motd = "{tmp_path}"', "rate = 1"],
        }
        write(config, *lines.get(mistake, []))
        if mistake == "gone":
            config.unlink()
        if mistake == "motd gone":
            write(config, f'motd = "{motd}"', "rate = 1")
            motd.unlink()
        (error,) = reload(server)
        assert error["event"] == "settings not reloaded, nothing has changed"
        options = ("0", "--config", str(config))
        start = run(*options)
        assert start.stderr.removeprefix("udpchat: ").removesuffix("\n").partition(". Try: ")[0] == error["reason"]
        assert start.returncode in {1, 2}
        with client(server) as member:
            assert ask(member, "hello, who is here?").startswith("- be kind\n")


def test_the_key_changes(tmp_path: Path) -> None:
    """Whoever is in stays in, also over a restart; newcomers type the new key."""
    key, journal = tmp_path / "key", tmp_path / "journal"
    options = ("--key-file", str(key), "--journal", str(journal))

    def write_key(words: str, mode: int = 0o600) -> None:
        key.write_text(words, encoding="utf-8")
        key.chmod(mode)

    write_key("Sword Fish\n")
    with serving(tmp_path, *options) as server, client(server) as member:
        assert ask(member, "/enter sword  FISH").startswith("you are in the room as ")
        write_key("Open Sesame\n")
        assert reload(server) == [{"event": "key changed"}, {"event": "settings reloaded", "changed": 1, "waiting": 0}]
        with client(server) as stranger:
            assert ask(stranger, "/enter sword fish") == "error - wrong key, type: /enter KEY\n"
            assert ask(stranger, "/enter open sesame").startswith("you are in the room as ")
            assert ask(member, "/whoami").startswith("you are ")
        write_key("Other\n", 0o644)
        (error,) = reload(server)
        assert error["reason"].endswith(f"type chmod 600 {key}")
        key.chmod(0o600)
        port, logged = server.port, server.logged()
        server.program.end()
        with serving(tmp_path, *options, port=port) as again:
            assert ask(member, "/whoami").startswith("you are ")
            with client(again) as stranger:
                assert ask(stranger, "/enter open sesame") == "error - wrong key, type: /enter KEY\n"
            logged += again.logged()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("journal*")) + logged.encode()
    assert not [word for word in (b"sword", b"sesame", b"other\n") if word in kept.lower()]


def test_a_journal_with_a_reload(tmp_path: Path) -> None:
    """It is intact, shows the reload, and a start goes on from it by the settings of then."""
    config, journal = tmp_path / "udpchat.toml", tmp_path / "journal"
    write(config)
    options = ("--config", str(config), "--journal", str(journal))
    with serving(tmp_path, *options) as server, client(server) as member:
        ask(member, "one")
        write(config, "history_keep = 2", 'show_addresses = "no"')
        assert len(reload(server)) == 3
        for line in ("two", "three", "four"):
            ask(member, line)
        port = server.port

        def tool(name: str) -> str:
            done = in_process("journal", name, str(journal))
            assert done.returncode == 0
            return done.stdout

        assert "(settings reloaded)" in tool("show")
        assert ": four" in tool("replay")
        assert "is intact" in tool("check")
    with serving(tmp_path, *options, port=port) as server, client(server) as other:
        ask(other, "hello, who is here?")
        shown = ask(other, "/history")
        while "four" not in shown:  # that the first member is gone may be read before
            shown += other.recv(9000).decode()
        assert "two" not in shown
        assert "127.0.0.1:" not in ask(other, "/list")


def test_at_any_moment(tmp_path: Path) -> None:
    """Before the handlers are set, while the room opens, twice at once and while the server ends: it does no harm."""
    random, log = Random(0), tmp_path / "log"  # noqa: S311 - no secret
    for _ in range(3):
        with running([*SERVE, "0", "--journal", str(tmp_path / "journal")], log) as program:
            wait_for_handlers(program)
            for _ in range(20):
                program.process.send_signal(signal.SIGHUP)
                program.process.send_signal(signal.SIGHUP)
                with suppress(subprocess.TimeoutExpired):
                    program.process.wait(random.uniform(0.0, 0.05))
            program.prints("end with: .*")
            program.process.send_signal(signal.SIGHUP)
            until(lambda: '"settings reloaded"' in log.read_text(encoding="utf-8"))
            program.process.send_signal(signal.SIGHUP)
            program.process.send_signal(signal.SIGTERM)
            program.process.send_signal(signal.SIGHUP)
            assert program.process.wait(30) == 0
        assert "Traceback" not in log.read_text(encoding="utf-8")


def test_a_terminal_that_is_closed(tmp_path: Path) -> None:
    """A server that was started in a terminal reloads while that is open, and ends in order when it is closed."""
    ours, theirs = pty.openpty()
    log = tmp_path / "log"
    with log.open("wb") as errors:
        command = [*SERVE, "0", "--log-format", "json"]
        server = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
    os.close(theirs)
    output = cast("IO[bytes]", server.stdout)
    try:
        until(lambda: b"end with" in output.readline())
        server.send_signal(signal.SIGHUP)
        until(lambda: '"settings reloaded"' in log.read_text(encoding="utf-8"))
        os.close(ours)
        server.send_signal(signal.SIGHUP)
        assert server.wait(30) == 0
    finally:
        server.kill()
        server.wait(30)
        output.close()
    assert '"stopped"' in log.read_text(encoding="utf-8")


def test_all_nodes_have_the_new_rules(tmp_path: Path, servers: NatsCluster) -> None:
    """The node whose settings changed gives them to the others; its rates are its own."""
    config = tmp_path / "udpchat.toml"
    write(config)
    with (
        node(tmp_path, servers, "a", "--config", str(config)) as one,
        node(tmp_path, servers, "b") as two,
        client(two) as member,
    ):
        ask(member, "\n")
        assert ask(member, "/motd") == "showing message of the day: there is none\n"
        motd = tmp_path / "motd"
        motd.write_text("be kind\n", encoding="utf-8")
        write(config, f'motd = "{motd}"')
        assert changed("motd", "", str(motd)) in reload(one)
        until(lambda: ask(member, "/motd") == "- be kind\n")
