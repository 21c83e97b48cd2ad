"""A link whose MTU is smaller than a datagram: the kernel cannot cut bundles there, and everybody hears everything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.processes import SERVE, lacking, needs, serving

# Three clients join; one says many lines at once; printed is what each gets: the sizes of datagrams, the lines in them.
CLIENTS = """
import json, socket, sys
clients = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
for client in clients:
    client.settimeout(10)
    client.connect(("198.51.100.1", int(sys.argv[1])))
    client.send(b"/help\\n")
    client.recv(9000)
clients[0].send(b"".join(b"line %03d %s\\n" % (number, b"x" * 60) for number in range(76)))
heard = []
for client in clients:
    sizes, lines = [], []
    while len(lines) < 76:
        payload = client.recv(9000)
        sizes.append(len(payload))
        lines += [line.split(b": line ")[1][:3].decode() for line in payload.splitlines()]
    heard.append([sizes, lines])
print(json.dumps(heard))
"""


@pytest.fixture
def hosts() -> Iterator[tuple[str, str]]:
    """Give two hosts: network namespaces, at 198.51.100.1 and 198.51.100.2 (RFC 5737), joined by a cable."""
    if os.geteuid() != 0:
        lacking("this needs root, to make network namespaces")
    needs("ip")
    names = (f"udpchat-a-{os.getpid()}", f"udpchat-b-{os.getpid()}")
    for name in names:
        ip("netns", "add", name)
    try:
        ip("link", "add", "cable", "netns", names[0], "type", "veth", "peer", "name", "cable", "netns", names[1])
        for number, name in enumerate(names, 1):
            ip("-n", name, "address", "add", f"198.51.100.{number}/24", "dev", "cable")
        yield names
    finally:
        for name in names:
            ip("netns", "delete", name)


def ip(*arguments: str) -> None:
    """Configure the network."""
    subprocess.run(["ip", *arguments], check=True, timeout=30)


@pytest.mark.parametrize("mtu", [1500, 1280, 600])
def test_every_line_is_heard(tmp_path: Path, hosts: tuple[str, str], mtu: int) -> None:
    """Whatever the link takes in one packet, each client gets every line, in order."""
    for name in hosts:
        ip("-n", name, "link", "set", "cable", "up", "mtu", str(mtu))
    in_one, in_other = (["ip", "netns", "exec", name] for name in hosts)
    with serving(tmp_path, "--host", "0.0.0.0", command=(*in_one, *SERVE)) as server:  # noqa: S104 - in a namespace
        done = subprocess.run(
            [*in_other, sys.executable, "-c", CLIENTS, str(server.port)], capture_output=True, check=True, timeout=60
        )
    for sizes, lines in json.loads(done.stdout):
        assert sizes == [1386, 1386, 1386, 1386, 308]
        assert lines == [f"{number:03}" for number in range(76)]
