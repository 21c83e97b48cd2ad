"""Two hosts on one cable: network namespaces that a test makes and removes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.app.processes import lacking, needs

ADDRESSES = ("198.51.100.1", "198.51.100.2")  # RFC 5737: as good as any global address, and nobody's


@contextmanager
def two_hosts(mtu: int = 1500) -> Iterator[tuple[list[str], list[str]]]:
    """Give the beginnings of commands that run on either host, which are at `ADDRESSES`."""
    if os.geteuid() != 0:
        lacking("this needs root, to make network namespaces")
    needs("ip")
    names = (f"udpchat-a-{os.getpid()}", f"udpchat-b-{os.getpid()}")
    for name in names:
        ip("netns", "add", name)
    try:
        ip("link", "add", "cable", "netns", names[0], "type", "veth", "peer", "name", "cable", "netns", names[1])
        for name, address in zip(names, ADDRESSES, strict=True):
            ip("-n", name, "address", "add", f"{address}/24", "dev", "cable")
            ip("-n", name, "link", "set", "cable", "up", "mtu", str(mtu))
        one, other = (["ip", "netns", "exec", name] for name in names)
        yield one, other
    finally:
        for name in names:
            ip("netns", "delete", name)


def ip(*arguments: str) -> None:
    """Configure the network."""
    subprocess.run(["ip", *arguments], check=True, timeout=30)
