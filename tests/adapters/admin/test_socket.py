"""The admin socket: who may connect, and what becomes of the file."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
import structlog

from tests.app.clients.processes import lacking
from udpchat.adapters.admin import socket as admin_socket
from udpchat.adapters.admin.messages import AdminError, Answer, Request
from udpchat.adapters.admin.socket import MAX_CONNECTIONS, AdminSocket, ask


async def echo(asked: Request) -> Answer:
    """Answer with the request, or refuse."""
    if asked.word == "refuse":
        raise AdminError("no")
    if asked.word == "large":
        return Answer(("x" * 1000,) * 10_000)
    if asked.word == "sleep":
        await asyncio.sleep(60)
    return Answer((asked.word, asked.rest, asked.room))


def serving(path: Path, during: Callable[[], object], bugs: list[object] | None = None) -> object:
    """Serve at a path, while a function runs in another thread; return its result. Add what is raised to `bugs`."""

    async def serve() -> object:
        if bugs is not None:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: bugs.append(context))
        server = AdminSocket(path, echo)
        await server.open()
        try:
            return await asyncio.to_thread(during)
        finally:
            await server.close()

    return asyncio.run(serve())


def test_a_request_is_answered(tmp_path: Path) -> None:
    """The log has who asked, and the word alone. After the end nothing is left."""
    path = tmp_path / "admin"
    with structlog.testing.capture_logs() as logged:
        assert serving(path, lambda: ask(path, Request("kick", "a b", "c"))) == Answer(("kick", "a b", "c"))
    assert logged[0] == {
        "event": "admin",
        "log_level": "info",
        "command": "kick",
        "user": os.getuid(),
        "process": os.getpid(),
    }
    assert not path.exists()
    with pytest.raises(AdminError, match="cannot reach a server at"):
        ask(path, Request("kick"))


def test_a_refusal_is_an_answer(tmp_path: Path) -> None:
    """It is not done, and says why."""
    path = tmp_path / "admin"
    assert serving(path, lambda: ask(path, Request("refuse"))) == Answer(("error - no",), done=False)


def test_a_large_answer(tmp_path: Path) -> None:
    """All clients of a large room are listed."""
    path = tmp_path / "admin"
    assert serving(path, lambda: ask(path, Request("large"))) == Answer(("x" * 1000,) * 10_000)


def test_an_answer_that_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one who asked is told so."""
    monkeypatch.setattr(admin_socket, "ANSWER_SECONDS", 0.01)
    monkeypatch.setattr(admin_socket, "REQUEST_SECONDS", 20.0)
    path = tmp_path / "admin"
    expected = Answer(("error - the room did not answer in time",), done=False)
    assert serving(path, lambda: ask(path, Request("sleep"))) == expected


def raw(path: Path, payload: bytes) -> bytes:
    """Send bytes and return what comes back."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(30)
        client.connect(str(path))
        client.sendall(payload)
        client.shutdown(socket.SHUT_WR)
        found = b""
        with suppress(ConnectionError):
            while part := client.recv(4096):
                found += part
        return found


@pytest.mark.parametrize("payload", [b"", b"x", b"x\n", b"{}\n", b"\xff" * 70_000 + b"\n", b'{"word": 1}\n'])
def test_whoever_sends_anything_else_harms_nobody(tmp_path: Path, payload: bytes) -> None:
    """It gets a sentence or nothing, and the next one is served."""
    path = tmp_path / "admin"

    def both() -> Answer:
        assert b"error" in raw(path, payload) or payload.count(b"\n") == 0 or len(payload) > 70_000
        return ask(path, Request("who"))

    bugs: list[object] = []
    assert serving(path, both, bugs) == Answer(("who", "", ""))
    assert not bugs


def test_too_many_connections_are_closed(tmp_path: Path) -> None:
    """Those that are open stay, and later there is room again."""
    path = tmp_path / "admin"

    def many() -> Answer:
        clients = [socket.socket(socket.AF_UNIX) for _ in range(MAX_CONNECTIONS + 1)]
        for each in clients:
            each.settimeout(30)
            each.connect(str(path))
        assert clients[-1].recv(1) == b""
        for each in clients:
            each.close()
        while True:
            with suppress(AdminError):
                return ask(path, Request("who"))

    assert serving(path, many) == Answer(("who", "", ""))


def test_only_the_owner_may_connect(tmp_path: Path) -> None:
    """The mode is 0600, whatever the umask of the process is, and another user is refused."""
    path = tmp_path / "admin"
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    before = os.umask(0)

    def connect() -> subprocess.CompletedProcess[str]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        script = f"import os, socket; os.setuid(65534); socket.socket(socket.AF_UNIX).connect({str(path)!r})"
        return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    try:
        found = serving(path, connect)
    finally:
        os.umask(before)
    if os.getuid() != 0:
        lacking("only root can become another user")
    assert isinstance(found, subprocess.CompletedProcess)
    assert "PermissionError" in found.stderr


def test_a_socket_of_a_server_that_was_killed_is_replaced(tmp_path: Path) -> None:
    """One on which a server listens is not, nor is any other file."""
    path = tmp_path / "admin"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    assert serving(path, lambda: ask(path, Request("who"))) == Answer(("who", "", ""))

    def second() -> None:
        with pytest.raises(AdminError, match="another server uses it"):
            serving(path, lambda: None)
        assert ask(path, Request("who")) == Answer(("who", "", ""))

    serving(path, second)
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(AdminError, match="cannot open the admin socket"):
        serving(path, lambda: None)
    assert path.read_text(encoding="utf-8") == "mine"


def test_the_socket_of_another_server_is_left(tmp_path: Path) -> None:
    """A server removes the file at its end only if it is still its own."""
    path = tmp_path / "admin"

    def replace() -> None:
        path.unlink()
        path.write_text("another's", encoding="utf-8")

    serving(path, replace)
    assert path.exists()


def test_the_socket_of_a_server_that_hangs_is_left(tmp_path: Path) -> None:
    """It takes no connections any more, and yet it is not replaced; the start does not wait for it."""
    path = tmp_path / "admin"
    with socket.socket(socket.AF_UNIX) as other, socket.socket(socket.AF_UNIX) as waiting:
        other.bind(str(path))
        other.listen(0)
        waiting.connect(str(path))
        with pytest.raises(AdminError, match="another server uses it"):
            asyncio.run(AdminSocket(path, echo).open())
    assert path.exists()


def test_a_path_that_is_too_long(tmp_path: Path) -> None:
    """The sentence says so."""
    with pytest.raises(AdminError, match="more than 107 bytes"):
        serving(tmp_path / ("x" * 120), lambda: None)


def test_closing_what_was_never_opened(tmp_path: Path) -> None:
    """It does nothing."""
    closed: Awaitable[None] = AdminSocket(tmp_path / "admin", echo).close()
    asyncio.run(asyncio.wait_for(closed, 10))
