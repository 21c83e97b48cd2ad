"""Real netcats talk through a real server."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.app.clients.processes import NETCATS, Server, clients, join, serving
from tests.waiting import until

KINDS = list(NETCATS)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Give a running server."""
    with serving(tmp_path) as running:
        yield running


@pytest.mark.parametrize(("first", "second"), [*pairwise(KINDS), (KINDS[-1], KINDS[0])])
def test_recorded_session(server: Server, first: str, second: str) -> None:
    """The session that was recorded from the original program, with a pair of netcats, byte for byte."""
    with clients(server.port, first, second) as (two, one):
        name_two = join(two)
        name_one = join(one)
        for line, answer in (
            ("/nick client", f"new nickname set {name_one}->client"),
            ("hello", "client: hello"),
            ("/list", "showing connected clients: .*"),
            ("/quit", r"you have been disconnected\."),
        ):
            one.say(line)
            one.prints(answer)
        two.prints(r"client has disconnected\.")
        address = r"(127\.0\.0\.1|\[::1\]):[0-9]+"
        one.prints(f"showing connected clients: {address}:{name_two}, {address}:client")
        assert [line for line in one.printed if not line.startswith("showing")] == [
            f"{name_one}: initial message",
            f"new nickname set {name_one}->client",
            "client: hello",
            "you have been disconnected.",
        ]
        assert two.printed == [
            f"{name_two}: initial message",
            f"{name_one}: initial message",
            f"{name_one} changed their nickname to client",
            "client: hello",
            "client queried connected client list",
            "client has disconnected.",
        ]


@pytest.mark.parametrize("kind", KINDS)
def test_pasted_line_of_5000_bytes(server: Server, kind: str) -> None:
    """A long pasted line comes back in pieces that every netcat prints whole."""
    with clients(server.port, kind) as (client,):
        name = join(client)
        said = " ".join(f"word{number}" for number in range(600))
        client.say(said)
        until(
            lambda: "".join(line.removeprefix(f"{name}: ") for line in client.printed[1:]) == said,
            lambda: client.printed,
        )


def test_fifty_clients_hear_every_line_once(server: Server) -> None:
    """50 clients say 20 lines each, paced by their own echoes; every client prints all 1,000 lines, each once."""
    crowd, lines = 50, 20
    with clients(server.port, *["nc.openbsd"] * crowd) as programs:
        for program in programs:  # all are in the room before the first line, without a word
            program.say("/help")
        for program in programs:
            program.prints("/help COMMAND .*")
            program.printed.clear()
        said = {f"line {line} of {number}" for number in range(crowd) for line in range(lines)}
        next_line, looked_at = [0] * crowd, [0] * crowd

        def has_echo(number: int) -> bool:
            new = programs[number].printed[looked_at[number] :]  # hundreds, if this machine is slow
            looked_at[number] += len(new)
            return any(each.endswith(f": line {next_line[number] - 1} of {number}") for each in new)

        def say_what_is_due() -> bool:
            for number, program in enumerate(programs):
                line = next_line[number]
                if line < lines and (line == 0 or has_echo(number)):
                    program.say(f"line {line} of {number}")
                    next_line[number] += 1
            return all(len(program.printed) >= crowd * lines for program in programs)

        until(say_what_is_due, lambda: [len(program.printed) for program in programs])
        for program in programs:
            heard_lines = [line.split(": ", 1)[1] for line in program.printed]
            assert len(heard_lines) == crowd * lines
            assert set(heard_lines) == said
