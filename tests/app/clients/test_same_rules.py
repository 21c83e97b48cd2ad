"""The rules of the room are the same for who comes by UDP and for who comes by TCP."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from tests.app.cli.command import in_process
from tests.app.clients.processes import serving

KINDS = {"udp": socket.SOCK_DGRAM, "tcp": socket.SOCK_STREAM}


def reads(client: socket.socket, end: str) -> str:
    """Return what a client reads, up to what ends with this."""
    text = b""
    while not re.search(f"(?:{end})\n$", text.decode()):
        piece = client.recv(65_536)
        assert piece, text
        text += piece
    return text.decode()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_rules_hold_for_all(tmp_path: Path, kind: socket.SocketKind) -> None:
    """A flood is cut with a sentence, a mute silences, who is ignored is not read, and a kick ends it."""
    admin = tmp_path / "admin"
    with (
        serving(tmp_path, "--admin", str(admin), "--rate", "1") as server,
        socket.socket(socket.AF_INET, kind) as client,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        for each, name in ((client, "client"), (other, "other")):
            each.settimeout(30)
            each.connect(("127.0.0.1", server.port))
            each.send(f"/nick {name}\n".encode())
            reads(each, f"->{name}")
        reads(client, "to other")
        in_process("admin", "--admin", str(admin), "mute", "client", "1h")
        assert reads(client, r"server muted you .*") == "server muted you for 1 hour\n"
        client.send(b"hello\n")
        reads(client, "error - you are muted.*")
        in_process("admin", "--admin", str(admin), "unmute", "client")
        reads(client, ".*unmuted you.*")
        client.send(b"/ignore other\n")
        reads(client, "you ignore other.*")
        other.send(b"not for you\n")
        reads(other, "other: not for you")
        in_process("admin", "--admin", str(admin), "announce", "for all")
        assert "not for you" not in reads(client, ".*for all.*")
        for number in range(50):
            client.send(b"%d\n" % number)
        reads(client, "error - slow down, .*")
        in_process("admin", "--admin", str(admin), "kick", "client")
        reads(client, "you have been disconnected.")
        if kind is socket.SOCK_STREAM:
            assert client.recv(1000) == b""
