"""The address that metrics are served at: `HOST:PORT`."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address

import attrs

MAX_PORT = 65_535  # RFC 9293, section 3.1: a port has 16 bits
LOCALHOST = "localhost"  # stands for 127.0.0.1, where every machine listens for it

_FORM = re.compile(r"(?P<host>\[[^\]]*\]|[^:\]\[]*):(?P<port>[0-9]{1,5})")


@attrs.frozen
class HostPort:
    """An IP address of this machine, and a port; 0 is for a free one."""

    host: str
    port: int

    @classmethod
    def of(cls, text: str) -> HostPort:
        """Read `HOST:PORT`, where an IPv6 address is in brackets; raise ValueError.

        A name is refused, but for `localhost`: it may have several addresses, and metrics are served at one.
        """
        found = _FORM.fullmatch(text)
        host, port = (found["host"].lower(), int(found["port"])) if found else ("", 0)
        in_brackets, host = host.startswith("["), "127.0.0.1" if host == LOCALHOST else host.strip("[]")
        try:
            address = ip_address(host)
        except ValueError:
            address = None
        if address is None or isinstance(address, IPv6Address) is not in_brackets or port > MAX_PORT:
            raise ValueError(
                f"{text!r} is no address for metrics: use an IP address of this machine and a port, such as "
                "127.0.0.1:9464"
            )
        return cls(host, port)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        return ip_address(self.host).is_loopback

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
