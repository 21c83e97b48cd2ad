"""A link whose MTU is smaller than a datagram: the kernel cannot cut bundles there, and everybody hears everything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.clients.namespaces import ADDRESSES, two_hosts
from tests.app.clients.processes import SERVE, serving

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


@pytest.mark.parametrize("mtu", [1500, 1280, 600])
def test_every_line_is_heard(tmp_path: Path, mtu: int) -> None:
    """Whatever the link takes in one packet, each client gets every line, in order."""
    everybody = ("--host", ADDRESSES[0], "--admission", "open", "--rate", "0")
    with (
        two_hosts(mtu) as (in_one, in_other),
        serving(tmp_path, *everybody, command=(*in_one, *SERVE)) as server,
    ):
        done = subprocess.run(
            [*in_other, sys.executable, "-c", CLIENTS, str(server.port)], capture_output=True, check=True, timeout=60
        )
    for sizes, lines in json.loads(done.stdout):
        assert sizes == [1386, 1386, 1386, 1386, 308]
        assert lines == [f"{number:03}" for number in range(76)]
