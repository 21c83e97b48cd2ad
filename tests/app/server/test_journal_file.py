"""A server whose journal is moved away while it runs."""

from __future__ import annotations

import time
from pathlib import Path

from tests.app.clients.processes import Server, port_of, running_server, serving
from tests.app.clients.talking import sockets
from tests.waiting import until


def test_a_journal_that_is_moved_away_costs_nothing(tmp_path: Path) -> None:
    """Within 5 s the log says so and a new file has the room; a server that starts with it after a crash knows all."""
    path, log = tmp_path / "room.journal", tmp_path / "log"
    with running_server("0", "--journal", str(path), log=log) as program:  # and kills it at the end
        program.prints("(join with|join here): .*")
        server = Server(program, port_of(program), log)
        with sockets(server) as (client,):
            client.send(b"/nick bob\nfirst\n")
            until(lambda: b"bob: first\n" in client.recv(2000))
            path.rename(tmp_path / "moved")
            moved = time.monotonic()
            until(lambda: "journal resumed" in server.logged())
            assert time.monotonic() - moved < 5.0
            assert server.logged().count(f"the journal {path} was moved or removed") == 1
            client.send(b"second\n")
            assert client.recv(2000) == b"bob: second\n"
    with serving(tmp_path, "--journal", str(path)) as server, sockets(server) as (client,):
        client.send(b"/history\n")
        assert [line[8:] for line in client.recv(2000).splitlines()] == [b"bob: first", b"bob: second"]
