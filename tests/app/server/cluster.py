"""Nodes of one room as processes, and the output of their clients."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.app.clients.processes import Program, Server, serving
from tests.nats_servers import NatsCluster
from tests.waiting import until

UNLIMITED = ("--rate", "0", "--prefix-rate", "0", "--server-rate", "0")


def arguments(servers: NatsCluster | str, name: str, *more: str) -> list[str]:
    """Return the command line of a node."""
    urls = servers if isinstance(servers, str) else servers.urls
    return ["--cluster", urls, "--node", name, *UNLIMITED, *more]


@contextmanager
def node(
    folder: Path,
    servers: NatsCluster | str,
    name: str,
    *more: str,
    port: int = 0,
    command: Sequence[str] = (),
) -> Iterator[Server]:
    """Run a node, which must end with exit code 0."""
    (folder / name).mkdir(exist_ok=True)
    with serving(folder / name, *arguments(servers, name, *more), command=command, port=port) as server:
        yield server


def said(client: Program) -> list[str]:
    """Return the lines of chat that a client has printed, without the names."""
    return [line.partition(": ")[2] for line in client.printed if re.match(r"\w+: ", line)]


def listed(client: Program) -> str:
    """Ask for /list, and return the answer."""
    before = sum(line.startswith("showing connected clients: ") for line in client.printed)
    client.say("/list")

    def answers() -> list[str]:
        return [line for line in client.printed if line.startswith("showing connected clients: ")]

    until(lambda: len(answers()) > before, lambda: client.printed)
    return answers()[-1].removeprefix("showing connected clients: ")


def rename(client: Program, name: str) -> None:
    """Give a client a nickname."""
    client.say(f"/nick {name}")
    client.prints(rf"new nickname set \w+->{name}")
