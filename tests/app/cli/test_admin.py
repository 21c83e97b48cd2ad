"""`udpchat admin` and a running server."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.app.cli.command import in_process, run
from tests.app.clients.processes import serving
from tests.app.clients.talking import sockets
from tests.waiting import until
from udpchat.adapters.admin.messages import Answer, Request
from udpchat.adapters.admin.socket import ask
from udpchat.app.server.admin import default_path


def admin(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `udpchat admin` for the socket at a path."""
    return in_process("admin", "--admin", str(path), *words)


def test_acts_and_what_they_need_to_see(tmp_path: Path) -> None:
    """An operator on the machine sees who is there, acts on them, and reads what came of it."""
    path = tmp_path / "admin"
    with serving(tmp_path, "--admin", str(path), "--log-level", "info") as server, sockets(server, 2) as (one, two):
        one.send(b"/nick annax\n")
        assert b"annax" in one.recv(9000)
        two.send(b"/nick berta\n")
        assert b"berta" in two.recv(9000)
        assert b"berta" in one.recv(9000)
        rows = json.loads(admin(path, "who", "--json").stdout)
        assert [row["nickname"] for row in rows] == ["annax", "berta"]
        assert rows[0]["address"] == "{}:{}".format(*one.getsockname()[:2])
        assert "nickname=annax" in admin(path, "who").stdout
        found = admin(path, "mute", "berta", "1h", "too", "loud")
        assert (found.returncode, found.stdout, found.stderr) == (0, "you muted berta for 1 hour: too loud\n", "")
        assert one.recv(9000) == b"server muted berta for 1 hour: too loud\n"
        assert two.recv(9000) == b"server muted you for 1 hour: too loud\n"
        assert json.loads(admin(path, "--json", "who").stdout)[1]["muted_for"] > 3500
        assert json.loads(admin(path, "rooms", "--json").stdout) == [{"room": "lobby", "members": 2}]
        assert json.loads(admin(path, "status", "--json").stdout)[0]["clients"] == 2
        assert json.loads(admin(path, "--json", "announce", "tea").stdout) == ["server announces: tea"]
        refused = admin(path, "kick", "nobodyhere")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr == "udpchat: nobodyhere is not here\n"
        assert admin(path, "--room", "nowhere", "hush", "on").stderr == "udpchat: there is no room nowhere\n"
        odd = ask(path, Request("announce", "a\udc80\x1b[2Jb", "x\ud800"))
        assert odd == Answer(("error - there is no room x?",), done=False)
        for text in ("tea\nberta: hi", "x" * 8001):
            long = ask(path, Request("announce", text))
            assert long == Answer(("error - an act takes one line of at most 8000 bytes",), done=False)
        until(lambda: '"act"' in server.logged(), server.logged)
        log = server.logged()
        assert re.search('"act": "muted".*"by": "server".*"right": "machine".*"whom": "berta"', log)
        assert re.search('"command": "mute".*"event": "admin"', log)
        assert "tea" not in log, "what is announced is said"
    assert not path.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("kik", "x"), "there is no command kik, did you mean kick?"),
        (("who", "--nope"), ""),
        ((), "missing argument"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    """One sentence, and exit code 2; where no server is, exit code 1."""
    found = admin(tmp_path / "admin", *words)
    assert found.returncode == (2 if sentence else 1)
    assert sentence.lower() in found.stderr.lower()
    assert found.stderr.count("\n") == 1


def test_help_has_all_acts() -> None:
    """Each with what it does."""
    text = in_process("admin", "--help").stdout
    for words in ("kick NICK [WHY]", "ban WHOM [all] [TIME] [WHY]", "announce TEXT", "who ", "status "):
        assert f"  {words}" in text


def test_the_default_socket() -> None:
    """It is in the folder of the user's session, by the port; without one there is none."""
    assert default_path(12000, {"XDG_RUNTIME_DIR": "/run/user/7"}) == Path("/run/user/7/udpchat-12000.sock")
    assert default_path(12000, {}) is default_path(12000, {"XDG_RUNTIME_DIR": ""}) is None


def test_a_server_without_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no folder for it, the log has a hint; `no` means none."""
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with serving(tmp_path, "--log-level", "info") as server:
        until(lambda: "--admin PATH" in server.logged(), server.logged)
    found = in_process("admin", "who")
    assert (found.returncode, found.stderr.count("--admin PATH")) == (2, 1)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with serving(tmp_path, "--log-level", "info") as server:
        until(lambda: bool([*tmp_path.glob("udpchat-*.sock")]))
        port = str(server.port)
        found = in_process("admin", "--port", port, "who")
        assert (found.returncode, found.stdout) == (0, "")
    with serving(tmp_path, "--admin", "no"):
        assert not [*tmp_path.glob("udpchat-*.sock")]


def test_a_default_socket_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server goes on without one, and says so."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "missing"))
    with serving(tmp_path, "--log-level", "info") as server:
        until(lambda: "no admin socket" in server.logged(), server.logged)


def test_a_socket_that_was_asked_for_and_cannot_be_opened(tmp_path: Path) -> None:
    """The server does not start, with one sentence."""
    found = run("0", "--admin", str(tmp_path / "missing" / "admin"))
    assert found.returncode == 1
    assert found.stderr.startswith("udpchat: cannot open the admin socket ")
