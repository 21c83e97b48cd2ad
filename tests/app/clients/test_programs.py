"""A program over TCP, on the port where a person is over UDP."""

from __future__ import annotations

import json
import signal
import socket
from pathlib import Path

from tests.app.clients.processes import clients, join, serving
from tests.docs.objects import check


def test_a_program_over_tcp_talks_with_a_person_over_udp(tmp_path: Path) -> None:
    """Each reads what the other says, and the program reads why its connection ends."""
    with serving(tmp_path, "--host", "127.0.0.1") as server, clients(server.port, "socat UDP4") as (person,):
        nickname = join(person)
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as program:
            program.sendall(b'\x1e{"hello":{"v":1,"nick":"robot"}}\n')
            stream = program.makefile("rb")
            welcome = json.loads(stream.readline()[1:])
            assert [each["nick"] for each in welcome["rooms"][0]["members"]] == [nickname, "robot"]
            person.say("hello")
            assert json.loads(stream.readline()[1:])["text"] == "hello"
            program.sendall(b'\x1e{"line":"hi","id":1}\n')
            person.prints("robot: hi")
            said, done = (json.loads(stream.readline()[1:]) for _ in range(2))
            assert (said["text"], done["event"]) == ("hi", "done")
            server.program.process.send_signal(signal.SIGTERM)
            *_, closing = (json.loads(line[1:]) for line in stream)
            check(closing)
            assert (closing["event"], closing["why"]) == ("closing", "restart")
