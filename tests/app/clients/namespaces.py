"""Hosts on a cable or a switch: network namespaces that a test makes and removes."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import attrs

from tests.app.clients.processes import lacking, needs

ADDRESSES = ("198.51.100.1", "198.51.100.2")  # RFC 5737: as good as any global address, and nobody's
_CLONE_NEWNET = 0x40000000  # linux/sched.h; Python has os.setns from 3.12 on


@contextmanager
def two_hosts(mtu: int = 1500) -> Iterator[tuple[list[str], list[str]]]:
    """Give the beginnings of commands that run on either host, which are at `ADDRESSES`."""
    with _namespaces("a", "b") as names:
        ip("link", "add", "cable", "netns", names[0], "type", "veth", "peer", "name", "cable", "netns", names[1])
        for name, address in zip(names, ADDRESSES, strict=True):
            ip("-n", name, "address", "add", f"{address}/24", "dev", "cable")
            ip("-n", name, "link", "set", "cable", "up", "mtu", str(mtu))
        one, other = map(_inside, names)
        yield one, other


@attrs.frozen
class Host:
    """A host at `address`, on a link that is called `cable`."""

    name: str
    address: str

    @property
    def inside(self) -> list[str]:
        """The beginning of commands that run there."""
        return _inside(self.name)

    def ip(self, *arguments: str) -> None:
        """Configure its network."""
        ip("-n", self.name, *arguments)

    def udp_socket(self) -> socket.socket:
        """Return a new socket of this host. A socket stays in the namespace of the thread that made it (setns(2))."""
        with ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(self._udp_socket).result()

    def _udp_socket(self) -> socket.socket:
        """Let the thread enter the namespace, for as long as it runs, and make a socket there."""
        with Path("/run/netns", self.name).open("rb") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "cannot enter a network namespace")
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


@contextmanager
def switched_hosts(count: int) -> Iterator[list[Host]]:
    """Give hosts that reach each other over a switch."""
    with _namespaces("switch", *(f"host{number}" for number in range(count))) as (switch, *names):
        ip("-n", switch, "link", "add", "switch", "type", "bridge")
        ip("-n", switch, "link", "set", "switch", "up")
        hosts = [Host(name, f"198.51.100.{number}") for number, name in enumerate(names, 1)]
        for number, host in enumerate(hosts):
            port = f"port{number}"
            ip("link", "add", port, "netns", switch, "type", "veth", "peer", "name", "cable", "netns", host.name)
            ip("-n", switch, "link", "set", port, "master", "switch", "up")
            host.ip("address", "add", f"{host.address}/24", "dev", "cable")
            host.ip("link", "set", "cable", "up")
            host.ip("link", "set", "lo", "up")
        yield hosts


@contextmanager
def _namespaces(*names: str) -> Iterator[list[str]]:
    """Give the names of new network namespaces, which are removed in the end."""
    if os.geteuid() != 0:
        lacking("this needs root, to make network namespaces")
    needs("ip")
    full, made = [f"udpchat-{name}-{os.getpid()}" for name in names], list[str]()
    try:
        for name in full:
            try:
                ip("netns", "add", name)
            except subprocess.CalledProcessError:
                lacking("network namespaces cannot be made here, as in most containers")
            made.append(name)
        yield full
    finally:
        for name in made:
            ip("netns", "delete", name)


def _inside(name: str) -> list[str]:
    return ["ip", "netns", "exec", name]


def ip(*arguments: str) -> None:
    """Configure the network."""
    subprocess.run(["ip", *arguments], check=True, timeout=30)
