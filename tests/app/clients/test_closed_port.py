"""What real netcats do while the port of their server is closed: the table in docs/journal.md."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from tests.app.clients.processes import NETCATS, join, needs, needs_ipv6, port_of, running_server, serving, start

PAGE = Path(__file__).parents[3] / "docs" / "journal.md"
ROW = re.compile(r"^\| `(nc\.openbsd|nc\.traditional|ncat|socat)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
PROMISED = {name: (typing, silent) for name, typing, silent in ROW.findall(PAGE.read_text(encoding="utf-8"))}


def test_the_table_has_every_netcat() -> None:
    """It says of each what happens when it types, and when it is silent."""
    assert PROMISED.keys() == {kind.split()[0] for kind in NETCATS}


ENDS = [*((kind, signal.SIGTERM) for kind in NETCATS), ("nc.openbsd", signal.SIGKILL)]


@pytest.mark.parametrize(("kind", "ended_by"), ENDS)
@pytest.mark.parametrize("types", [True, False], ids=["types", "silent"])
def test_a_netcat_without_a_server(tmp_path: Path, kind: str, *, types: bool, ended_by: signal.Signals) -> None:
    """The server ends, the port is closed, and a server starts again: each netcat does what the table says.

    One that goes on is in the room as before, by its old name.
    """
    command = NETCATS[kind]
    needs(command.split()[0])
    if "UDP6" in kind:
        needs_ipv6()
    options = ("--journal", str(tmp_path / "room.journal"))
    with running_server("0", *options) as server:
        server.prints("join with: .*")
        port = port_of(server)
        client = start(command.replace("PORT", str(port)).split())
        try:
            name = join(client)
            server.end(ended_by)
            if types:
                client.say("is anybody there?")
                client.process.wait(timeout=30)  # until it ends
            with serving(tmp_path, *options, port=port):
                if client.process.poll() is None:
                    client.say("hello again")
                    client.prints(f"{name}: hello again")
                done = "goes on" if client.process.poll() is None else "ends"
        finally:
            client.end(signal.SIGKILL)
    assert done == PROMISED[command.split()[0]][not types]
