"""A machine with several addresses, on two links: each client is answered from the address that it wrote to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.clients.namespaces import ip
from tests.app.clients.processes import SERVE, lacking, needs, needs_ipv6, serving
from udpchat.app.settings import FanOut

# For each pair of addresses, one to write from and one to write to, printed is who answers.
CLIENTS = """
import json, socket, sys
answered = []
for here, there in json.loads(sys.argv[2]):
    with socket.socket(socket.AF_INET6 if ":" in there else socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        client.bind((here, 0))
        client.sendto(b"/help\\n", socket.getaddrinfo(there, int(sys.argv[1]), type=socket.SOCK_DGRAM)[0][4])
        answered.append(client.recvfrom(9000)[1][0])
print(json.dumps(answered))
"""
WRITTEN_AND_ANSWERED = [
    ("198.51.100.2", "198.51.100.1", "198.51.100.1"),
    ("198.51.100.2", "203.0.113.1", "203.0.113.1"),
    ("203.0.113.2", "203.0.113.1", "203.0.113.1"),
    ("192.0.2.2", "203.0.113.1", "203.0.113.1"),  # who is behind one link, and whose datagrams come by the other
    ("169.254.1.2", "169.254.1.1", "169.254.1.1"),
    ("198.51.100.2", "198.51.100.255", "198.51.100.1"),  # a broadcast
    ("2001:db8::2", "2001:db8::1", "2001:db8::1"),
    ("::", "fe80::1%one", "fe80::1"),
    ("::", "fe80::1%two", "fe80::1"),  # the same address on another link
    ("::", "ff02::1%two", "fe80::1"),  # every node on that link
]


@pytest.fixture
def hosts() -> Iterator[tuple[str, str]]:
    """Give two hosts, joined by two cables, with addresses that are for documentation (RFC 5737, RFC 3849)."""
    if os.geteuid() != 0:
        lacking("this needs root, to make network namespaces")
    needs("ip")
    needs_ipv6()
    names = (f"udpchat-c-{os.getpid()}", f"udpchat-d-{os.getpid()}")
    for name in names:
        ip("netns", "add", name)
    try:
        for cable in ("one", "two"):
            ip("link", "add", cable, "netns", names[0], "type", "veth", "peer", "name", cable, "netns", names[1])
        for number, name in enumerate(names, 1):
            ip("-n", name, "link", "set", "lo", "up")
            for cable, *prefixes in (
                ("one", "198.51.100.{}/24", "2001:db8::{}/64", "fe80::{}/64"),
                ("two", "203.0.113.{}/24", "169.254.1.{}/16", "fe80::{}/64"),
            ):
                ip("-n", name, "link", "set", cable, "addrgenmode", "none", "up")
                for prefix in prefixes:
                    ip("-n", name, "address", "add", prefix.format(number), "dev", cable, "nodad")
        # Some systems have new hosts refuse what comes by another way than the answer takes.
        lenient = "for each in all two; do echo 0 > /proc/sys/net/ipv4/conf/$each/rp_filter; done"
        ip("netns", "exec", names[0], "sh", "-c", lenient)
        ip("-n", names[1], "address", "add", "192.0.2.2/32", "dev", "lo")
        ip("-n", names[0], "route", "add", "192.0.2.2/32", "via", "198.51.100.2")
        yield names
    finally:
        for name in names:
            ip("netns", "delete", name)


@pytest.mark.parametrize("fan_out", ["auto", "sendto"])
def test_answers_come_from_where_they_were_asked(tmp_path: Path, hosts: tuple[str, str], fan_out: FanOut) -> None:
    """Whatever address and link a client writes to, and whichever way its answers take, they come from that address."""
    in_one, in_other = (["ip", "netns", "exec", name] for name in hosts)
    with serving(
        tmp_path, "--host", "::", "--admission", "open", "--fan-out", fan_out, command=(*in_one, *SERVE)
    ) as server:
        pairs = json.dumps([(here, there) for here, there, _ in WRITTEN_AND_ANSWERED])
        done = subprocess.run(
            [*in_other, sys.executable, "-c", CLIENTS, str(server.port), pairs],
            capture_output=True,
            check=True,
            timeout=60,
        )
    assert json.loads(done.stdout) == [answers for _, _, answers in WRITTEN_AND_ANSWERED]
