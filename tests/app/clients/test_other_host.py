"""A server that listens elsewhere than the one before it."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.app.cli.command import run
from tests.app.clients.processes import free_port, needs_ipv6, serving
from udpchat.adapters.journal.codec import Row
from udpchat.adapters.sqlite.reading import open_read_only


def say(port: int, host: str, source: int, line: bytes) -> bytes:
    """Say a line from a port, and return the answer."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind((host, source))
        client.settimeout(30)
        client.sendto(line, (host, port))
        return client.recv(9000)


def test_who_left_keeps_nobody_from_starting(tmp_path: Path) -> None:
    """One who cannot be written to any more may have left before; where it is listened on again, it is known again."""
    needs_ipv6()
    journal, source = ("--journal", str(tmp_path / "journal")), free_port("::1")
    with serving(tmp_path, *journal) as server:
        assert say(server.port, "::1", source, b"/nick ann\n").endswith(b"->ann\n")
        assert say(server.port, "::1", source, b"/quit\n") == b"you have been disconnected.\n"
    for _ in range(2):  # from the state that the first one saved, then from one that was made of it
        with serving(tmp_path, "--host", "127.0.0.1", *journal) as server:
            assert say(server.port, "127.0.0.1", 0, b"hello\n").endswith(b": hello\n")
    with serving(tmp_path, *journal) as server:
        assert say(server.port, "::1", source, b"/missed\n").endswith(b": hello\n")


def test_who_is_in_the_room_has_to_be_written_to(tmp_path: Path) -> None:
    """A start is refused again and again, and leaves the journal as it was."""
    needs_ipv6()
    journal, source = ("--journal", str(tmp_path / "journal")), free_port("::1")
    with serving(tmp_path, *journal) as server:
        say(server.port, "::1", source, b"/nick ann\n")
    content = journal_inputs(tmp_path / "journal")
    for _ in range(2):
        refused = run("0", "--host", "127.0.0.1", *journal)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr == (
            "udpchat: cannot send to a member of the room: "
            f"[::1]:{source} wrote to an address that is not listened on now; listen there, as --host\n"
        )
    assert journal_inputs(tmp_path / "journal") == content
    with serving(tmp_path, *journal) as server:
        assert say(server.port, "::1", source, b"still here\n") == b"ann: still here\n"


def journal_inputs(path: Path) -> list[tuple[int, Row]]:
    """Return what is in a journal."""
    file = open_read_only(path)
    inputs = list(file.inputs(0))
    file.close()
    return inputs
